"""Signing in with a real provider, and what it does about those who cheat."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from tests.infrastructure.identity.openid.provider_process import CALLBACK, SECRETS, provider_process, visit

from ollamanet.domain.identity.external_errors import ExternalSignInFailed, ProviderFaulty
from ollamanet.domain.identity.external_person import ExternalPerson
from ollamanet.domain.identity.sign_in_flow import SignInFlow
from ollamanet.infrastructure.identity.oidc_provider import OidcClient, OidcProvider
from ollamanet.infrastructure.kernel.system_clock import SystemClock

pytestmark = pytest.mark.anyio

FLOW = SignInFlow("s" * 43, "n" * 43, "v" * 43, None, 0.0)
ADA = {"sub": "Ada", "email": "ada@example.org", "email_verified": True, "preferred_username": "ada"}
ADA |= {"groups": ["ops", "x"]}


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    with provider_process() as issuer:
        yield issuer


def provider(issuer: str, client: str = "rsa", **changes: object) -> OidcProvider:
    known = OidcClient(issuer, client, CALLBACK, SECRETS[client], role_claim="groups")
    return OidcProvider(replace(known, **changes), SystemClock())


async def code_of(provider: OidcProvider, flow: SignInFlow = FLOW, account: dict[str, object] | None = ADA) -> str:
    return (await visit(await provider.sign_in_url(flow), account))["code"]


@pytest.mark.parametrize("client", ["rsa", "ec", "public"])
async def test_whoever_signs_in_there_is_known_here(issuer: str, client: str) -> None:
    asked = provider(issuer, client)
    back = await visit(await asked.sign_in_url(FLOW), ADA)

    assert (back["state"], back["iss"]) == (FLOW.state, asked.issuer)
    assert await asked.redeem(back["code"], FLOW) == ExternalPerson(
        issuer, "Ada", "ada@example.org", email_verified=True, username="ada", groups=frozenset({"ops", "x"})
    )


async def test_a_provider_that_puts_all_into_the_token_is_not_asked_further() -> None:
    with provider_process(CLAIMS_IN_TOKEN="1") as issuer:
        asked = provider(issuer)
        person = await asked.redeem(await code_of(asked), FLOW)

    assert (person.email, person.email_verified, person.groups) == ("ada@example.org", True, frozenset({"ops", "x"}))


@pytest.mark.parametrize("verified", [False, None, "true", "false", 1])
async def test_nothing_but_the_truth_value_verifies_an_address(issuer: str, verified: object) -> None:
    asked = provider(issuer)
    person = await asked.redeem(await code_of(asked, account={**ADA, "email_verified": verified}), FLOW)

    assert not person.email_verified


async def test_without_the_claim_nothing_is_said_about_roles(issuer: str) -> None:
    asked = provider(issuer)
    bare = {name: value for name, value in ADA.items() if name != "groups"}

    assert (await asked.redeem(await code_of(asked, account=bare), FLOW)).groups is None
    none = provider(issuer, role_claim=None)
    assert (await none.redeem(await code_of(none), FLOW)).groups is None


async def test_a_code_is_good_once(issuer: str) -> None:
    asked = provider(issuer)
    code = await code_of(asked)
    await asked.redeem(code, FLOW)

    with pytest.raises(ExternalSignInFailed, match="start it again"):
        await asked.redeem(code, FLOW)


async def test_a_code_of_another_sign_in_is_of_no_use_without_its_verifier(issuer: str) -> None:
    asked = provider(issuer)
    with pytest.raises(ExternalSignInFailed):
        await asked.redeem(await code_of(asked), replace(FLOW, verifier="w" * 43))


async def test_a_code_of_another_sign_in_is_of_no_use_with_its_verifier_either(issuer: str) -> None:
    asked = provider(issuer)
    with pytest.raises(ExternalSignInFailed, match="another sign-in"):
        await asked.redeem(await code_of(asked), replace(FLOW, nonce="m" * 43))


async def test_a_code_for_another_client_is_of_no_use(issuer: str) -> None:
    code = await code_of(provider(issuer, "ec"))
    with pytest.raises(ExternalSignInFailed):
        await provider(issuer, "rsa").redeem(code, FLOW)


async def test_a_made_up_code_is_none(issuer: str) -> None:
    with pytest.raises(ExternalSignInFailed):
        await provider(issuer).redeem("made up", FLOW)


async def test_a_token_signed_with_the_clients_own_secret_is_refused(issuer: str) -> None:
    asked = provider(issuer, "symmetric")
    with pytest.raises(ExternalSignInFailed, match="RS256 or ES256"):
        await asked.redeem(await code_of(asked), FLOW)


async def test_a_wrong_secret_is_a_matter_of_the_settings(issuer: str) -> None:
    code = await code_of(provider(issuer))
    with pytest.raises(ProviderFaulty, match="settings"):
        await provider(issuer, secret="wrong").redeem(code, FLOW)


async def test_somebody_who_does_not_agree_comes_back_without_a_code(issuer: str) -> None:
    back = await visit(await provider(issuer).sign_in_url(FLOW), None)

    assert (back["error"], back["state"]) == ("access_denied", FLOW.state)
    assert "code" not in back


async def test_an_issuer_that_spells_itself_otherwise_is_not_the_one_of_the_settings(issuer: str) -> None:
    with pytest.raises(ProviderFaulty, match="calls itself otherwise"):
        await provider(f"{issuer}/").sign_in_url(FLOW)
