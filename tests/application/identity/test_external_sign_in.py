"""Who gets in with a provider, as whom, and with which roles."""

import asyncio
from dataclasses import replace

import pytest
from tests.application.identity.external_desk import ALAN, FROM, ExternalDesk
from tests.fakes.identity.fixed_time import NOON
from tests.fakes.identity.memory_external_identities import MemoryExternalIdentities
from tests.fakes.identity.memory_users import MemoryUsers
from tests.fakes.identity.people import ADA, person

from ollamanet.application.identity.commands.begin_external_sign_in import BeginExternalSignIn
from ollamanet.application.identity.commands.finish_external_sign_in import FinishExternalSignIn
from ollamanet.application.identity.ports import Credentials
from ollamanet.domain.identity.errors import AccountDisabled
from ollamanet.domain.identity.external_errors import ExternalSignInRefused, IdentityTaken, ProviderUnavailable
from ollamanet.domain.identity.external_person import ExternalIdentity, ExternalPerson, ExternalRegistration
from ollamanet.domain.identity.password import Password
from ollamanet.domain.identity.user import Role, User, UserStatus

pytestmark = pytest.mark.anyio

ADAS = replace(ALAN, subject="ada-there", email="ADA@example.org", username="lovelace")


def desk_with(user: User, registration: ExternalRegistration = ExternalRegistration.ALLOWED) -> ExternalDesk:
    return ExternalDesk(registration, users=MemoryUsers(Credentials(user, "1:her own password")))


def verified(user: User = ADA) -> User:
    return replace(user, email_verified_at=NOON)


async def test_somebody_new_gets_an_account_of_his_name_with_a_verified_address() -> None:
    desk = ExternalDesk()
    signed_in = await desk.sign_in()

    user = desk.stored(signed_in.user)
    assert (str(user.username), str(user.email), user.roles) == ("alan", "alan@example.org", {"User"})
    assert (user.email_verified_at, user.last_sign_in_at) == (NOON, NOON)
    assert [(entry.action, entry.origin, entry.target) for entry in desk.entries()] == [
        ("user.registered", FROM, f"user:{user.id}")
    ]
    assert desk.entries()[0].after == {"roles": ["User"], "issuer": ALAN.issuer, "subject": "alan"}


async def test_the_account_of_a_newcomer_has_a_password_that_nobody_knows() -> None:
    desk = ExternalDesk()
    made = [(await desk.sign_in(replace(ALAN, subject=name, email=f"{name}@x.org"))).user for name in ("ab", "cd")]

    hashes = [desk.users.stored[user.id].password_hash for user in made]
    assert len({each.partition(":")[2] for each in hashes}) == 2
    assert all(len(each.partition(":")[2]) == 43 for each in hashes)
    assert not await desk.hasher.verify(Password.attempt(""), hashes[0])


async def test_who_comes_again_is_the_same_whatever_his_address_is_by_then() -> None:
    desk = ExternalDesk()
    first = await desk.sign_in()
    again = await desk.sign_in(replace(ALAN, email="other@example.org", email_verified=False, username="x"))

    assert again.user.id == first.user.id
    assert str(again.user.email) == "alan@example.org"
    assert len(desk.users.stored) == 3


async def test_a_name_that_is_taken_gets_a_number() -> None:
    desk = ExternalDesk()
    names = [
        str((await desk.sign_in(replace(ALAN, subject=f"{n}", email=f"a{n}@x.org", username="ada"))).user.username)
        for n in range(4)
    ]

    assert names[:2] == ["ada-2", "ada-3"]
    assert names[2].startswith("ada-0")
    assert len(set(names)) == 4


async def test_an_account_whose_address_was_verified_is_linked_to_who_has_it() -> None:
    desk = desk_with(verified())
    signed_in = await desk.sign_in(ADAS)

    assert signed_in.user.id == ADA.id
    assert str(signed_in.user.username) == "ada"
    assert [entry.action for entry in desk.entries()] == ["identity.linked"]
    assert desk.users.stored[ADA.id].password_hash == "1:her own password"


@pytest.mark.parametrize("registration", list(ExternalRegistration))
async def test_an_account_that_anybody_may_have_made_with_his_address_is_not_handed_over(
    registration: ExternalRegistration,
) -> None:
    desk = desk_with(ADA, registration)
    with pytest.raises(ExternalSignInRefused, match="never shown whose it is"):
        await desk.sign_in(ADAS)

    assert desk.identities.links == {}
    (refused,) = desk.trail.entries
    assert (refused.action, refused.by.name, refused.origin) == ("session.refused", "ADA@example.org", FROM)
    assert refused.after["subject"] == "ada-there"


@pytest.mark.parametrize(
    "unvouched",
    [
        replace(ADAS, email_verified=False),
        replace(ADAS, email=None),
        replace(ADAS, email="not an address"),
        replace(ADAS, email="a\0da@example.org"),
    ],
)
async def test_an_address_that_the_provider_does_not_vouch_for_opens_nothing(unvouched: ExternalPerson) -> None:
    desk = desk_with(verified())
    with pytest.raises(ExternalSignInRefused):
        await desk.sign_in(unvouched)

    assert desk.identities.links == {}
    assert len(desk.users.stored) == 1


async def test_where_accounts_are_only_linked_a_newcomer_gets_none() -> None:
    desk = desk_with(verified(), ExternalRegistration.LINKED_ONLY)
    with pytest.raises(ExternalSignInRefused, match="no account"):
        await desk.sign_in(ALAN)

    assert (await desk.sign_in(ADAS)).user.id == ADA.id


@pytest.mark.parametrize("status", [UserStatus.LOCKED, UserStatus.DELETED])
async def test_a_locked_or_deleted_account_is_neither_linked_nor_opened(status: UserStatus) -> None:
    with pytest.raises(AccountDisabled):
        await desk_with(replace(verified(), status=status)).sign_in(ADAS)

    desk = ExternalDesk()
    user = (await desk.sign_in()).user
    await desk.users.update(replace(user, status=status))
    with pytest.raises(AccountDisabled):
        await desk.sign_in()


async def test_roles_follow_the_provider_at_each_sign_in_and_are_recorded_when_they_change() -> None:
    desk = ExternalDesk()
    await desk.users.add(person("boss", number=7, role=Role.ADMIN), password_hash="h")
    seen = [(await desk.sign_in(replace(ALAN, groups=groups))).user.roles for groups in (
        frozenset({"ops", "labs"}), frozenset({"ops"}), frozenset({"ops"}), frozenset[str](), None,
    )]  # fmt: skip

    assert seen == [{"Admin", "Researcher"}, {"Admin"}, {"Admin"}, {"User"}, {"User"}]
    changes = [(entry.before["roles"], entry.after["roles"]) for entry in desk.entries()[1:]]
    assert changes == [(["Admin", "Researcher"], ["Admin"]), (["Admin"], ["User"])]
    assert {entry.action for entry in desk.entries()[1:]} == {"user.roles_changed"}


async def test_the_last_administrator_stays_one_whatever_the_provider_says() -> None:
    desk = ExternalDesk()
    await desk.sign_in(replace(ALAN, groups=frozenset({"ops"})))

    assert (await desk.sign_in(ALAN)).user.roles == {"Admin", "User"}


async def test_somebody_who_comes_twice_at_once_gets_one_account() -> None:
    desk = ExternalDesk()
    both = await asyncio.gather(desk.sign_in(), desk.sign_in())

    assert both[0].user.id == both[1].user.id
    assert len(desk.users.stored) == 3


async def test_who_was_faster_decides_and_the_slower_one_is_the_same() -> None:
    desk = ExternalDesk()
    find, looked = desk.identities.find, []

    async def blind_at_first(issuer: str, subject: str) -> User | None:
        looked.append(subject)
        if len(looked) == 1:
            await desk.sign_in()
            return None
        return await find(issuer, subject)

    desk.identities.find = blind_at_first  # type: ignore[method-assign]
    assert (await desk.sign_in()).user.id == next(iter(desk.identities.links.values()))


async def test_an_identity_that_is_always_taken_and_never_there_ends_in_a_refusal() -> None:
    class Haunted(MemoryExternalIdentities):
        async def register(self, user: User, identity: ExternalIdentity, **_: object) -> None:
            raise IdentityTaken

    desk = ExternalDesk()
    accounts = replace(desk.accounts, identities=Haunted(desk.users))
    with pytest.raises(ExternalSignInRefused, match="try again"):
        await accounts.of(ALAN, FROM)


async def test_that_the_provider_is_down_is_no_event_of_security() -> None:
    desk = ExternalDesk()
    _, flow = await desk.begin(BeginExternalSignIn())
    desk.provider.refusal = ProviderUnavailable("gone")
    with pytest.raises(ProviderUnavailable):
        await desk.finish(FinishExternalSignIn(flow, FROM, flow.state, "code"))

    assert desk.trail.entries == []
