"""Showing that an account is one's own."""

from dataclasses import replace

import pytest
from tests.fakes.identity.fixed_time import NOON
from tests.fakes.identity.memory_failures import MemoryFailures
from tests.fakes.identity.memory_users import MemoryUsers
from tests.fakes.identity.people import ADA, PHRASE
from tests.fakes.identity.plain_hasher import PlainHasher
from tests.fakes.identity.signing_in import SigningIn

from ollamanet.application.identity.commands.sign_in import SignIn, SignInHandler
from ollamanet.application.identity.ports import Credentials
from ollamanet.application.identity.rehashing import Rehashing
from ollamanet.application.identity.sign_in_guard import SignInGuard
from ollamanet.domain.identity.errors import AccountDisabled, HashingBusy, WrongCredentials
from ollamanet.domain.identity.password import Password
from ollamanet.domain.identity.sign_in_policy import SignInPolicy
from ollamanet.domain.identity.user import User, UserStatus
from ollamanet.domain.kernel.errors import InvalidRequest

HASH = f"1:{PHRASE}"


def sign_in_to(user: User = ADA) -> SignInHandler:
    signing_in = SigningIn(MemoryUsers(Credentials(user, HASH)))
    guard = SignInGuard(MemoryFailures(), SignInPolicy(), signing_in.clock)
    return SignInHandler(signing_in.users, PlainHasher(), signing_in.opener, signing_in.clock, guard)


@pytest.mark.anyio
@pytest.mark.parametrize("login", ["ada", "ADA", "ada@example.org", "Ada@Example.ORG"])
async def test_either_name_in_any_case_signs_in_with_the_password(login: str) -> None:
    handler = sign_in_to()
    signed_in = await handler(SignIn(login, PHRASE))
    assert signed_in.user == ADA
    assert handler.sessions.tokens.read(signed_in.token.text).user_id == ADA.id


@pytest.mark.anyio
async def test_the_time_of_the_last_sign_in_is_remembered() -> None:
    handler = sign_in_to()
    handler.clock.advance(60)
    await handler(SignIn("ada", PHRASE))
    found = await handler.users.find(ADA.id)
    assert (found.last_sign_in_at - NOON).total_seconds() == 60


@pytest.mark.anyio
async def test_a_wrong_password_and_an_unknown_login_are_told_apart_by_nothing() -> None:
    handler = sign_in_to()
    refusals = []
    for login, password in (("ada", "wrong password"), ("nobody", PHRASE), ("nobody@example.org", PHRASE), ("?", "x")):
        with pytest.raises(WrongCredentials) as refused:
            await handler(SignIn(login, password))
        refusals.append((refused.value.code, refused.value.title, refused.value.detail, refused.value.retry_after))
    assert len(set(refusals)) == 1
    # As much hashing for those who do not exist as for those who do.
    assert handler.hasher.verified_against == [HASH, None, None, None]
    assert handler.sessions.tokens.issued == {}
    assert (await handler.users.find(ADA.id)).last_sign_in_at is None


@pytest.mark.anyio
async def test_a_disabled_account_says_so_only_to_who_knows_its_password() -> None:
    handler = sign_in_to(replace(ADA, status=UserStatus.LOCKED))
    with pytest.raises(WrongCredentials):
        await handler(SignIn("ada", "wrong password"))
    with pytest.raises(AccountDisabled):
        await handler(SignIn("ada", PHRASE))
    assert handler.sessions.tokens.issued == {}


class ResetMeanwhile(PlainHasher):
    """The password is replaced while it is compared."""

    def __init__(self, users: MemoryUsers) -> None:
        super().__init__()
        self.users = users

    async def verify(self, password: Password, against: str | None) -> bool:
        right = await super().verify(password, against)
        await self.users.set_password(ADA.id, password_hash="another", at=NOON)
        return right


@pytest.mark.anyio
async def test_a_password_that_is_replaced_while_it_is_compared_opens_nothing() -> None:
    handler = sign_in_to()
    handler = replace(handler, hasher=ResetMeanwhile(handler.users))

    with pytest.raises(WrongCredentials):
        await handler(SignIn("ada", PHRASE))

    assert handler.sessions.sessions.sessions == {}
    assert handler.sessions.tokens.issued == {}


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("login", "password", "field"),
    [("", PHRASE, "login"), ("a\0b", PHRASE, "login"), ("x" * 255, PHRASE, "login"), ("ada", "\0", "password")],
)
async def test_what_cannot_be_a_login_or_password_is_refused_by_name(login: str, password: str, field: str) -> None:
    handler = sign_in_to()
    with pytest.raises(InvalidRequest, match=rf"^{field}: expected "):
        await handler(SignIn(login, password))
    assert handler.hasher.verified_against == []


@pytest.mark.anyio
async def test_ten_megabytes_of_password_are_never_hashed() -> None:
    handler = sign_in_to()
    with pytest.raises(InvalidRequest, match=r"^password: expected at most 1024 characters$"):
        await handler(SignIn("ada", "x" * 10_000_000))
    assert handler.hasher.verified_against == []


@pytest.mark.anyio
async def test_an_outdated_hash_is_made_anew_at_sign_in_and_the_password_stays() -> None:
    handler = sign_in_to()
    handler.users.stored[ADA.id] = Credentials(ADA, f"old:{PHRASE}")

    with pytest.raises(WrongCredentials):
        await handler(SignIn("ada", "wrong password"))
    assert handler.users.stored[ADA.id].password_hash == f"old:{PHRASE}"

    await handler(SignIn("ada", PHRASE))
    fresh = handler.users.stored[ADA.id]
    assert fresh.password_hash == HASH
    assert fresh.user.password_changed_at is None

    await handler(SignIn("ada", PHRASE))
    assert handler.users.stored[ADA.id].password_hash == HASH


@pytest.mark.anyio
async def test_a_password_that_is_changed_while_its_old_hash_is_made_anew_stays_changed() -> None:
    users = MemoryUsers(Credentials(ADA, "changed meanwhile"))
    compared = Credentials(ADA, f"old:{PHRASE}")

    await Rehashing(users, PlainHasher()).freshen(compared, Password.parse(PHRASE))

    assert users.stored[ADA.id].password_hash == "changed meanwhile"


class BusyHasher(PlainHasher):
    """Has time to compare, and none to hash."""

    async def hash(self, password: Password) -> str:
        raise HashingBusy("later")


@pytest.mark.anyio
async def test_nobody_is_turned_away_because_there_is_no_time_for_a_new_hash() -> None:
    users = MemoryUsers(Credentials(ADA, f"old:{PHRASE}"))
    signing_in = SigningIn(users)
    guard = SignInGuard(MemoryFailures(), SignInPolicy(), signing_in.clock)
    handler = SignInHandler(users, BusyHasher(), signing_in.opener, signing_in.clock, guard)
    assert (await handler(SignIn("ada", PHRASE))).user == ADA
    assert users.stored[ADA.id].password_hash == f"old:{PHRASE}"


def test_no_representation_of_the_command_shows_the_password() -> None:
    assert PHRASE not in repr(SignIn("ada", PHRASE))
    assert PHRASE not in repr(Credentials(ADA, HASH))
