"""Somebody leaves."""

from dataclasses import replace

import pytest
from ollamanet.application.identity.commands.delete_user import DeleteUser, DeleteUserHandler
from tests.fakes.identity.fixed_time import NOON, FixedClock
from tests.fakes.identity.memory_departures import ForgottenCallers, MemoryDepartures
from tests.fakes.identity.memory_users import MemoryUsers
from tests.fakes.identity.people import ADA, BOB, PHRASE
from tests.fakes.identity.plain_hasher import PlainHasher

from ollamanet.application.identity.commands.delete_own_account import DeleteOwnAccount, DeleteOwnAccountHandler
from ollamanet.application.identity.ports import Credentials
from ollamanet.application.kernel.actor import Actor
from ollamanet.application.kernel.audit import HERE, OPERATOR, Agent, AuditEntry
from ollamanet.domain.identity.errors import WrongCredentials
from ollamanet.domain.identity.user import UserStatus
from ollamanet.domain.kernel.errors import Forbidden, Unauthenticated

HIMSELF = Actor(ADA.id, ADA.roles, name="ada")


class Leaving:
    def __init__(self) -> None:
        self.users = MemoryUsers(Credentials(ADA, f"1:{PHRASE}"), Credentials(BOB, "1:another phrase"))
        self.callers = ForgottenCallers()
        self.delete_user = DeleteUserHandler(MemoryDepartures(self.users), self.callers, FixedClock())
        self.leave = DeleteOwnAccountHandler(self.users, PlainHasher(), self.delete_user)


@pytest.mark.anyio
async def test_who_knows_his_password_deletes_his_account() -> None:
    service = Leaving()

    left = await service.leave(DeleteOwnAccount(HIMSELF, HERE, PHRASE))

    assert (left.id, left.status, left.deleted_at) == (ADA.id, UserStatus.DELETED, NOON)
    assert await service.users.find(ADA.id) == left
    assert service.callers.users == [ADA.id]
    assert service.users.trail == [
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
@pytest.mark.parametrize("password", ["wrong", "another phrase", ""])
async def test_a_wrong_password_deletes_nothing(password: str) -> None:
    service = Leaving()
    with pytest.raises(WrongCredentials):
        await service.leave(DeleteOwnAccount(HIMSELF, HERE, password))
    assert await service.users.find(ADA.id) == ADA
    assert service.callers.users == []


@pytest.mark.anyio
async def test_an_api_key_deletes_no_account() -> None:
    service = Leaving()
    with pytest.raises(Forbidden):
        await service.leave(DeleteOwnAccount(replace(HIMSELF, key="1"), HERE, PHRASE))
    assert await service.users.find(ADA.id) == ADA


@pytest.mark.anyio
async def test_the_token_of_a_deleted_account_deletes_nothing_more() -> None:
    service = Leaving()
    await service.delete_user(DeleteUser(ADA.id, OPERATOR, HERE))
    with pytest.raises(Unauthenticated):
        await service.leave(DeleteOwnAccount(HIMSELF, HERE, PHRASE))


def test_a_command_shows_no_password() -> None:
    assert PHRASE not in repr(DeleteOwnAccount(HIMSELF, HERE, PHRASE))
