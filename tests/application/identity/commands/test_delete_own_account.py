"""Somebody leaves."""

from dataclasses import replace

import pytest
from tests.fakes.identity.fixed_time import NOON, FixedClock
from tests.fakes.identity.forgetting import Forgetting
from tests.fakes.identity.memory_administered_users import MemoryAdministeredUsers
from tests.fakes.identity.memory_failures import MemoryFailures
from tests.fakes.identity.memory_users import MemoryUsers
from tests.fakes.identity.people import ADA, PHRASE, person
from tests.fakes.identity.plain_hasher import PlainHasher

from ollamanet.application.identity.commands.delete_own_account import DeleteOwnAccount, DeleteOwnAccountHandler
from ollamanet.application.identity.own_account import PasswordCheck
from ollamanet.application.identity.ports import Credentials
from ollamanet.application.kernel.actor import Actor
from ollamanet.application.kernel.audit import HERE, Agent, AuditEntry
from ollamanet.domain.identity.errors import LastAdmin, TooManyAttempts, WrongPassword
from ollamanet.domain.identity.sign_in_policy import SignInPolicy
from ollamanet.domain.identity.user import Role, User, UserStatus
from ollamanet.domain.kernel.errors import Forbidden, Unauthenticated

CHIEF = person("chief", number=1, role=Role.ADMIN)


class Exit:
    def __init__(self) -> None:
        self.users = MemoryUsers(Credentials(ADA, f"1:{PHRASE}"), Credentials(CHIEF, f"2:{PHRASE}"))
        self.accounts, self.callers, clock = MemoryAdministeredUsers(self.users), Forgetting(), FixedClock()
        check = PasswordCheck(self.users, PlainHasher(), MemoryFailures(), SignInPolicy(), clock)
        self.handler = DeleteOwnAccountHandler(check, self.accounts, self.callers, clock)

    async def leave(self, user: User = ADA, password: str = PHRASE, key: str | None = None) -> User:
        actor = Actor(user.id, user.roles, key=key, name=str(user.username))
        return await self.handler(DeleteOwnAccount(actor, HERE, password))


@pytest.fixture
def way_out() -> Exit:
    return Exit()


@pytest.mark.anyio
async def test_who_knows_his_password_deletes_his_account(way_out: Exit) -> None:
    left = await way_out.leave()

    assert left == replace(ADA, status=UserStatus.DELETED, deleted_at=NOON)
    assert await way_out.users.find(ADA.id) == left
    assert way_out.accounts.ended == [(ADA.id, "deleted")]
    assert way_out.callers.forgotten == [ADA.id]
    assert way_out.users.trail == [
        AuditEntry(
            "user.deleted",
            Agent(ADA.id, "ada"),
            HERE,
            NOON,
            target=f"user:{ADA.id}",
            target_name="ada",
            before={"status": "active"},
            after={"status": "deleted"},
        )
    ]


@pytest.mark.anyio
async def test_a_wrong_password_deletes_nothing_and_cannot_be_guessed(way_out: Exit) -> None:
    for _ in range(SignInPolicy().free):
        with pytest.raises(WrongPassword):
            await way_out.leave(password="wrong")
    with pytest.raises(TooManyAttempts):
        await way_out.leave()
    assert await way_out.users.find(ADA.id) == ADA


@pytest.mark.anyio
async def test_an_api_key_deletes_no_account(way_out: Exit) -> None:
    with pytest.raises(Forbidden):
        await way_out.leave(key="1")
    assert await way_out.users.find(ADA.id) == ADA


@pytest.mark.anyio
async def test_the_last_administrator_stays(way_out: Exit) -> None:
    with pytest.raises(LastAdmin):
        await way_out.leave(CHIEF)
    assert await way_out.users.find(CHIEF.id) == CHIEF


@pytest.mark.anyio
async def test_nobody_leaves_twice(way_out: Exit) -> None:
    await way_out.leave()
    with pytest.raises(Unauthenticated):
        await way_out.leave()
    assert len(way_out.users.trail) == 1


def test_a_command_shows_no_password() -> None:
    assert PHRASE not in repr(DeleteOwnAccount(Actor(ADA.id), HERE, PHRASE))
