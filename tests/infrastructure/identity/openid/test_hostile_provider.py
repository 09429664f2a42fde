"""A provider that is down, slow, broken or lies is refused with a code, is no defect, and is not asked in a storm."""

import asyncio
import gzip
import socket
from collections.abc import AsyncIterator, Callable

import pytest
from tests.fakes.identity.fixed_time import FixedClock
from tests.infrastructure.identity.openid.forgery import CLIENT, NONCE, OTHER_RSA, jwk, token
from tests.infrastructure.identity.openid.hostile_provider import Answer, HostileProvider, hostile_provider, said

from ollamanet.domain.identity.external_errors import ExternalSignInFailed, ProviderFaulty, ProviderUnavailable
from ollamanet.domain.identity.sign_in_flow import SignInFlow
from ollamanet.infrastructure.identity.oidc_http import ProviderHttp
from ollamanet.infrastructure.identity.oidc_provider import OidcClient, OidcProvider

pytestmark = pytest.mark.anyio

FLOW = SignInFlow("s" * 43, NONCE, "v" * 43, None, 0.0)
DISCOVERY = "/.well-known/openid-configuration"


class Desk:
    """The provider, the client of it, and the client's time."""

    def __init__(self, hostile: HostileProvider) -> None:
        self.hostile, self.clock = hostile, FixedClock()
        self.client = self.made()

    def made(self, **more: object) -> OidcProvider:
        client = OidcClient(self.hostile.issuer, CLIENT, "https://chat.example/callback", "hush", **more)
        return OidcProvider(client, self.clock, ProviderHttp(timeout=1.0))


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with hostile_provider() as hostile:
        yield Desk(hostile)


async def test_a_provider_that_behaves_is_believed(desk: Desk) -> None:
    person = await desk.client.redeem("c", FLOW)

    assert (person.subject, person.email, person.email_verified) == ("ada", "ada@example.org", True)
    assert desk.hostile.times("/me") == 0
    assert desk.hostile.forms[1] == {
        "grant_type": ["authorization_code"],
        "code": ["c"],
        "redirect_uri": ["https://chat.example/callback"],
        "code_verifier": [FLOW.verifier],
    }


async def test_nobody_there_is_unavailable_and_so_is_an_answer_that_takes_too_long(desk: Desk) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        desk.hostile.issuer, there = f"http://127.0.0.1:{closed.getsockname()[1]}", desk.hostile.issuer
        gone = desk.made()
    for asking in (gone.sign_in_url(FLOW), gone.redeem("c", FLOW)):
        with pytest.raises(ProviderUnavailable):
            await asking

    desk.hostile.issuer, desk.hostile.silent = there, True
    with pytest.raises(ProviderUnavailable, match="in time"):
        await desk.client.sign_in_url(FLOW)


BROKEN: dict[str, Callable[[], Answer]] = {
    "an error": lambda: said({}, 404),
    "a list": lambda: said([]),
    "no JSON": lambda: (200, b"<html>", {}),
    "no text": lambda: (200, b"\xff\xfe{}", {}),
    "nothing": lambda: (200, b"", {}),
    "too much": lambda: (200, b'{"x":"' + b"x" * 600_000 + b'"}', {}),
    "deep": lambda: (200, b'{"x":' + b"[" * 100_000 + b"]" * 100_000 + b"}", {}),
    "packed": lambda: (200, gzip.compress(b"{}"), {"Content-Encoding": "gzip"}),
    "elsewhere": lambda: (302, b"", {"Location": "http://127.0.0.1:1/"}),
    "wrong types": lambda: said({"issuer": 1, "keys": {}, "id_token": 7, "sub": []}),
}


@pytest.mark.parametrize("how", BROKEN)
@pytest.mark.parametrize("path", [DISCOVERY, "/keys", "/token", "/me"])
async def test_an_answer_that_is_none_is_the_providers_fault(desk: Desk, path: str, how: str) -> None:
    desk.hostile.answers["/token"] = lambda: said({"id_token": desk.hostile.token(email=None), "access_token": "at"})
    desk.hostile.answers[path] = BROKEN[how]

    with pytest.raises((ProviderFaulty, ExternalSignInFailed)) as refused:
        await desk.client.redeem("c", FLOW)
    assert path == "/me" or isinstance(refused.value, ProviderFaulty)


@pytest.mark.parametrize("path", [DISCOVERY, "/keys", "/token"])
async def test_an_error_of_the_providers_server_is_unavailable(desk: Desk, path: str) -> None:
    desk.hostile.answers[path] = lambda: (503, b"", {})

    with pytest.raises(ProviderUnavailable):
        await desk.client.redeem("c", FLOW)


@pytest.mark.parametrize(
    "lie",
    [
        {"issuer": "https://evil.example"},
        {"token_endpoint": "http://evil.example/token"},
        {"jwks_uri": "file:///etc/passwd"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"userinfo_endpoint": "http://[broken"},
    ],
    ids=str,
)
async def test_a_configuration_that_leads_astray_is_refused(desk: Desk, lie: dict[str, str]) -> None:
    desk.hostile.answers[DISCOVERY] = lambda: said(desk.hostile.configuration(**lie))

    with pytest.raises(ProviderFaulty):
        await desk.client.sign_in_url(FLOW)


async def test_a_secret_goes_into_the_form_where_the_provider_wants_it_there(desk: Desk) -> None:
    wanted = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    desk.hostile.answers[DISCOVERY] = lambda: said(desk.hostile.configuration(**wanted))
    await desk.client.redeem("c", FLOW)

    assert desk.hostile.forms[1]["client_secret"] == ["hush"]


async def test_an_address_and_whether_it_is_verified_are_of_one_document(desk: Desk) -> None:
    unsaid = {"email": "boss@example.org", "email_verified": None}
    desk.hostile.answers["/token"] = lambda: said({"id_token": desk.hostile.token(**unsaid), "access_token": "at"})
    desk.hostile.answers["/me"] = lambda: said({"sub": "ada", "email_verified": True})
    assert (await desk.client.redeem("c", FLOW)).email_verified is False

    desk.hostile.answers["/me"] = lambda: said({"sub": "ada", "email": "ada@example.org", "email_verified": True})
    person = await desk.client.redeem("c", FLOW)
    assert (person.email, person.email_verified) == ("ada@example.org", True)


async def test_what_it_tells_about_somebody_else_is_not_taken(desk: Desk) -> None:
    desk.hostile.answers["/token"] = lambda: said({"id_token": desk.hostile.token(email=None), "access_token": "at"})
    desk.hostile.answers["/me"] = lambda: said({"sub": "eve", "email": "ada@example.org", "email_verified": True})

    with pytest.raises(ExternalSignInFailed, match="somebody else"):
        await desk.client.redeem("c", FLOW)


@pytest.mark.parametrize(
    ("claim", "said_there", "groups"),
    [
        ("realm_access.roles", {"realm_access": {"roles": ["ops", 7]}}, {"ops"}),
        ("https://x.example/roles", {"https://x.example/roles": "ops"}, {"ops"}),
        ("roles", {"roles": []}, set()),
        ("roles", {"roles": 7}, None),
        ("a.b.c", {"a": {"b": "x"}}, None),
    ],
)
async def test_roles_are_found_where_the_settings_say(
    desk: Desk, claim: str, said_there: dict[str, object], groups: set[str] | None
) -> None:
    desk.hostile.answers["/token"] = lambda: said({"id_token": desk.hostile.token(**said_there), "access_token": "at"})

    assert (await desk.made(role_claim=claim).redeem("c", FLOW)).groups == groups


async def test_new_keys_are_asked_for_once_however_many_need_them(desk: Desk) -> None:
    await desk.client.redeem("c", FLOW)
    desk.clock.advance(31)
    desk.hostile.keys = [jwk(OTHER_RSA, "new")]
    desk.hostile.answers["/token"] = lambda: said({"id_token": token(OTHER_RSA, kid="new", iss=desk.hostile.issuer)})
    people = await asyncio.gather(*(desk.client.redeem("c", FLOW) for _ in range(20)))

    assert {person.subject for person in people} == {"ada"}
    assert (desk.hostile.times("/keys"), desk.hostile.times(DISCOVERY)) == (2, 1)


async def test_made_up_keys_do_not_make_us_ask_again_and_again(desk: Desk) -> None:
    await desk.client.redeem("c", FLOW)
    desk.clock.advance(31)
    desk.hostile.answers["/token"] = lambda: said(
        {"id_token": token(OTHER_RSA, kid="made up", iss=desk.hostile.issuer)}
    )
    for _ in range(5):
        with pytest.raises(ExternalSignInFailed):
            await desk.client.redeem("c", FLOW)

    assert desk.hostile.times("/keys") == 2


async def test_a_provider_that_is_down_is_asked_once_by_all_who_wait_and_again_a_moment_later(desk: Desk) -> None:
    desk.hostile.answers[DISCOVERY] = lambda: (503, b"", {})
    found = await asyncio.gather(*(desk.client.sign_in_url(FLOW) for _ in range(20)), return_exceptions=True)
    assert all(isinstance(each, ProviderUnavailable) for each in found)
    assert desk.hostile.times(DISCOVERY) == 1

    desk.hostile.answers[DISCOVERY] = lambda: said(desk.hostile.configuration())
    desk.clock.advance(2)
    assert "code_challenge_method=S256" in await desk.client.sign_in_url(FLOW)
    desk.clock.advance(3599)
    await desk.client.sign_in_url(FLOW)
    assert desk.hostile.times(DISCOVERY) == 2
    desk.clock.advance(1)
    await desk.client.sign_in_url(FLOW)
    assert desk.hostile.times(DISCOVERY) == 3


async def test_an_authorization_address_keeps_its_own_query(desk: Desk) -> None:
    own = f"{desk.hostile.issuer}/authorize?tenant=a"
    desk.hostile.answers[DISCOVERY] = lambda: said(desk.hostile.configuration(authorization_endpoint=own))

    assert (await desk.client.sign_in_url(FLOW)).startswith(f"{own}&response_type=code&")
