"""What every store of own accounts and password resets does; a subclass brings the fixture `place`."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

import anyio
import pytest
from tests.fakes.identity.fixed_time import NOON
from tests.fakes.identity.people import ADA, BOB

from ollamanet.application.identity.own_account import OwnAccounts, PasswordResets
from ollamanet.application.identity.ports import Users
from ollamanet.application.identity.sign_in_guard import SignInFailures, subjects_of
from ollamanet.application.kernel.audit import Agent, AuditEntry, Origin
from ollamanet.domain.identity.errors import EmailTaken, ResetTokenInvalid, UsernameTaken
from ollamanet.domain.identity.names import Email, Login, Username
from ollamanet.domain.identity.sign_in_policy import SignInPolicy
from ollamanet.domain.identity.user import User, UserStatus
from ollamanet.domain.kernel.errors import Unauthenticated
from ollamanet.domain.kernel.ids import SessionId

HALF_AN_HOUR = timedelta(minutes=30)
ONE, TWO, THREE = (SessionId(UUID(int=number)) for number in (1, 2, 3))


@dataclass
class Place:
    """The stores over one database.

    Attributes:
        put: makes an account another, as an administrator does.
        open: makes live sessions, given the account and their ids.
        live: the sessions that are live.
        trail: the actions in the audit trail, in order.
    """

    users: Users
    put: Callable[[User], Awaitable[None]]
    accounts: OwnAccounts
    resets: PasswordResets
    failures: SignInFailures
    open: Callable[..., Awaitable[None]]
    live: Callable[[], Awaitable[set[SessionId]]]
    trail: Callable[[], Awaitable[list[str]]]

    async def hash_of(self, user: User) -> str:
        found = await self.users.find_credentials(Login(user.username.key))
        assert found is not None
        return found.password_hash

    async def issue(self, token: str, user: User = ADA, *, minute: int = 0, most: int = 5) -> bool:
        at = NOON + timedelta(minutes=minute)
        return await self.resets.issue(
            user.id, token_hash=token, at=at, expires_at=at + HALF_AN_HOUR, most=most, audit=entry("password.asked")
        )

    async def redeem(self, token: str, *, minute: int = 1, new: str = "new hash") -> User:
        at = NOON + timedelta(minutes=minute)
        return await self.resets.redeem(token, password_hash=new, at=at, audit=entry("password.reset"))


def entry(action: str) -> Callable[[User], Sequence[AuditEntry]]:
    return lambda user: (
        AuditEntry(action, Agent(user.id, "x"), Origin(), NOON, f"user:{user.id}", str(user.username)),
    )


@pytest.mark.anyio
class OwnAccountsContract:
    @pytest.fixture(autouse=True)
    async def people(self, place: Place) -> None:
        await place.users.add(replace(ADA, email_verified_at=NOON), password_hash="old hash")
        await place.users.add(BOB, password_hash="bob's hash")

    async def test_a_token_sets_the_password_once_and_ends_every_session(self, place: Place) -> None:
        await place.open(ADA.id, ONE, TWO)
        await place.open(BOB.id, THREE)
        assert await place.issue("a")
        assert (await place.resets.find("a", at=NOON)).id == ADA.id

        await place.redeem("a")

        assert (await place.hash_of(ADA), await place.hash_of(BOB)) == ("new hash", "bob's hash")
        assert await place.live() == {THREE}
        found = await place.users.find(ADA.id)
        assert found.password_changed_at == found.email_verified_at == NOON + timedelta(minutes=1)
        assert await place.trail() == ["password.asked", "password.reset"]
        with pytest.raises(ResetTokenInvalid):
            await place.redeem("a", new="third hash")
        assert await place.resets.find("a", at=NOON) is None
        assert await place.hash_of(ADA) == "new hash"

    async def test_of_many_at_once_with_one_token_one_sets_the_password(self, place: Place) -> None:
        await place.issue("a")
        done: list[str] = []

        async def reset(new: str) -> None:
            try:
                await place.redeem("a", new=new)
            except ResetTokenInvalid:
                return
            done.append(new)

        async with anyio.create_task_group() as group:
            for number in range(10):
                group.start_soon(reset, f"hash {number}")
        assert done == [await place.hash_of(ADA)]

    async def test_an_old_token_and_an_unknown_one_are_worth_nothing(self, place: Place) -> None:
        await place.issue("a")
        for token, minute in (("a", 30), ("a", 31), ("b", 1)):
            assert await place.resets.find(token, at=NOON + timedelta(minutes=minute)) is None
            with pytest.raises(ResetTokenInvalid):
                await place.redeem(token, minute=minute)
        assert await place.hash_of(ADA) == "old hash"

    async def test_a_newer_token_makes_older_ones_of_the_account_useless(self, place: Place) -> None:
        await place.issue("a")
        await place.issue("bob's", BOB)
        await place.issue("b", minute=1)

        with pytest.raises(ResetTokenInvalid):
            await place.redeem("a")
        assert (await place.redeem("b", minute=2)).id == ADA.id
        assert (await place.redeem("bob's")).id == BOB.id

    async def test_an_account_gets_so_many_tokens_in_an_hour(self, place: Place) -> None:
        assert [await place.issue(f"t{minute}", minute=minute, most=2) for minute in (0, 1, 2)] == [True, True, False]
        # The last one that was sent is still good.
        assert await place.resets.find("t1", at=NOON + timedelta(minutes=3)) is not None
        assert await place.issue("bob's", BOB, minute=3, most=2)
        assert await place.issue("t60", minute=60, most=2)

    @pytest.mark.parametrize("status", [UserStatus.LOCKED, UserStatus.DELETED])
    async def test_an_account_that_may_not_be_used_gets_no_token_and_uses_none(
        self, place: Place, status: UserStatus
    ) -> None:
        await place.issue("a")
        await place.put(replace(ADA, status=status))

        assert not await place.issue("b", minute=1)
        assert await place.resets.find("a", at=NOON) is None
        with pytest.raises(ResetTokenInvalid):
            await place.redeem("a")

    async def test_a_reset_ends_the_locks_of_the_account_and_of_nobody_else(self, place: Place) -> None:
        policy = SignInPolicy(1, 900.0)
        ours, theirs = subjects_of(ADA), subjects_of(BOB)
        for subject in (*ours, f"{ours[0]}@x", *theirs):
            await place.failures.add(subject, policy, at=NOON)
        await place.issue("a")

        await place.redeem("a")

        async def count(subject: str) -> int:
            return (await place.failures.standing(subject, "n", user_id=None, address="")).login.count

        assert [await count(each) for each in (*ours, f"{ours[0]}@x")] == [0, 0, 0, 0]
        assert [await count(each) for each in theirs] == [1, 1, 1]

    async def test_a_changed_password_keeps_one_session(self, place: Place) -> None:
        await place.open(ADA.id, ONE, TWO)
        await place.issue("a")
        changes = {"password_hash": "new hash", "at": NOON, "keep": TWO, "audit": entry("password.changed")(ADA)}

        assert not await place.accounts.change_password(ADA.id, replaces="another", **changes)
        assert await place.live() == {ONE, TWO}
        assert await place.accounts.change_password(ADA.id, replaces="old hash", **changes)

        assert (await place.hash_of(ADA), await place.live()) == ("new hash", {TWO})
        assert (await place.users.find(ADA.id)).password_changed_at == NOON
        assert await place.trail() == ["password.asked", "password.changed"]
        with pytest.raises(ResetTokenInvalid):
            await place.redeem("a")

    async def test_without_one_to_keep_every_session_ends(self, place: Place) -> None:
        await place.open(ADA.id, ONE)
        await place.accounts.change_password(
            ADA.id, replaces="old hash", password_hash="new", at=NOON, keep=None, audit=entry("x.y")(ADA)
        )
        assert await place.live() == set()

    async def test_a_new_address_is_not_verified_and_tokens_for_the_old_one_are_useless(self, place: Place) -> None:
        await place.issue("a")
        new = Email.parse("Countess@example.org")

        before, after = await place.accounts.rename(
            ADA.id, email=new, username=None, at=NOON, audit=entry("user.renamed")
        )

        assert (before.email, after.email, after.email_verified_at) == (ADA.email, new, None)
        assert await place.users.find(ADA.id) == after
        assert await place.users.find_credentials(Login.parse("countess@EXAMPLE.org")) is not None
        assert await place.users.find_credentials(Login.parse("ada@example.org")) is None
        with pytest.raises(ResetTokenInvalid):
            await place.redeem("a")

    async def test_a_new_user_name_changes_nothing_else(self, place: Place) -> None:
        before, after = await place.accounts.rename(
            ADA.id, email=None, username=Username.parse("Countess"), at=NOON, audit=entry("user.renamed")
        )
        assert after == replace(before, username=Username("Countess")) == await place.users.find(ADA.id)
        assert await place.trail() == ["user.renamed"]

    async def test_a_taken_name_changes_nothing_at_all(self, place: Place) -> None:
        for names, refusal in (
            ({"email": BOB.email, "username": Username("other")}, EmailTaken),
            ({"email": None, "username": Username("BOB")}, UsernameTaken),
        ):
            with pytest.raises(refusal):
                await place.accounts.rename(ADA.id, **names, at=NOON, audit=entry("user.renamed"))
        assert await place.users.find(ADA.id) == replace(ADA, email_verified_at=NOON)
        assert await place.trail() == []

    async def test_nobody_is_renamed_where_there_is_nobody(self, place: Place) -> None:
        with pytest.raises(Unauthenticated):
            await place.accounts.rename(
                UUID(int=9), email=None, username=Username("x" * 3), at=NOON, audit=entry("user.renamed")
            )
