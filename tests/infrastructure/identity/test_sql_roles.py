"""The real store keeps the contract, and asks the database as rarely as it says."""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from datetime import timedelta
from uuid import uuid4

import msgspec
import pytest
from sqlalchemy import event, insert, select
from tests.contracts.roles import WATCH, RolesContract, stored
from tests.fakes.identity.fixed_time import NOON, FixedClock

from ollamanet.domain.identity.user import User
from ollamanet.infrastructure.identity import role_statements
from ollamanet.infrastructure.identity.sql_roles import FRESH_FOR, SqlRoles
from ollamanet.infrastructure.identity.sql_users import SqlUsers
from ollamanet.infrastructure.identity.tables import InvitationRow
from ollamanet.infrastructure.identity.verified_tokens import FRESH_FOR as CALLERS_FRESH_FOR
from ollamanet.infrastructure.kernel.audit_tables import AuditEntryRow
from ollamanet.infrastructure.kernel.database import Database
from ollamanet.infrastructure.kernel.group_commit import GroupCommit
from ollamanet.infrastructure.kernel.sql_base import table_of

_ENTRIES = table_of(AuditEntryRow)
_ACTIONS = select(_ENTRIES.c.action).order_by(_ENTRIES.c.seq)
_INSERT_INVITATION = insert(table_of(InvitationRow))


class TestSqlRoles(RolesContract):
    @pytest.fixture
    def roles(self, database: Database) -> SqlRoles:
        return SqlRoles(database, FixedClock())

    @pytest.fixture
    def join(self, database: Database, database_address: str, writer: GroupCommit) -> Callable[..., Awaitable[None]]:
        async def join(*users: User, invited: frozenset[str] | None = None) -> None:
            for user in users:
                await SqlUsers(database, writer).add(user, password_hash="a hash")
            if invited is not None:
                # By another door: the program itself has no such statement.
                aside = Database(database_address)
                await aside.write(lambda connection: connection.execute(_INSERT_INVITATION, _invitations(invited)))
                await aside.dispose()

        return join

    @pytest.fixture
    def roles_of(self, database: Database, writer: GroupCommit) -> Callable[[User], Awaitable[Collection[str]]]:
        async def roles_of(user: User) -> Collection[str]:
            found = await SqlUsers(database, writer).find(user.id)
            return found.roles if found else ()

        return roles_of

    @pytest.fixture
    def trail(self, database_address: str) -> Callable[[], Awaitable[list[str]]]:
        async def trail() -> list[str]:
            aside = Database(database_address)
            actions = await aside.read(lambda connection: list(connection.execute(_ACTIONS).scalars()))
            await aside.dispose()
            return actions

        return trail


def _invitations(roles: frozenset[str]) -> list[dict[str, object]]:
    """An open one, and one that was used, one that was taken back, one whose time is over: those count no more."""
    states = [{}, {"used_at": NOON}, {"revoked_at": NOON}, {"expires_at": NOON - timedelta(days=1)}]
    usual = {"used_at": None, "revoked_at": None, "expires_at": NOON + timedelta(days=1)}
    return [
        {
            **usual, **state, "id": uuid4(), "token_hash": str(number), "created_at": NOON,
            "roles": msgspec.json.encode(sorted(roles)).decode(),
        }
        for number, state in enumerate(states)
    ]  # fmt: skip


def reads_of(database: Database) -> list[object]:
    """Every read of the roles from now on."""
    seen: list[object] = []
    for engine in database.engines:
        event.listen(
            engine,
            "before_execute",
            lambda _c, statement, *_: seen.append(1) if statement is role_statements.ALL_ROLES else None,
        )
    return seen


@pytest.mark.anyio
async def test_the_book_is_read_once_a_second_and_once_for_all_who_ask_meanwhile(database: Database) -> None:
    clock = FixedClock()
    roles, reads = SqlRoles(database, clock), reads_of(database)

    await asyncio.gather(*(roles.book() for _ in range(20)))
    clock.advance(FRESH_FOR - 0.1)
    await roles.book()
    assert len(reads) == 1

    clock.advance(0.2)
    await roles.book()
    assert len(reads) == 2


@pytest.mark.anyio
async def test_the_change_of_another_instance_is_seen_when_the_copy_is_old(
    database: Database, database_address: str
) -> None:
    clock, other = FixedClock(), Database(database_address)
    here = SqlRoles(database, clock)
    assert (await here.book()).get(WATCH.name) is None
    await stored(SqlRoles(other, clock))
    await other.dispose()

    clock.advance(FRESH_FOR)
    assert (await here.book()).get(WATCH.name) == WATCH


@pytest.mark.anyio
async def test_the_age_of_roles_and_of_callers_together_is_five_seconds_at_most(database: Database) -> None:
    assert FRESH_FOR + CALLERS_FRESH_FOR <= 5.0
    told: list[int] = []
    roles = SqlRoles(database, FixedClock(), lambda: told.append(1))
    await stored(roles)

    assert told == [1]


@pytest.mark.anyio
async def test_one_who_asks_and_leaves_takes_the_answer_from_nobody(database: Database) -> None:
    roles = SqlRoles(database, FixedClock())
    first, second = asyncio.create_task(roles.book()), asyncio.create_task(roles.book())
    await asyncio.sleep(0)
    first.cancel()

    assert (await second).get("Admin") is not None


@pytest.mark.anyio
async def test_a_permission_of_a_newer_version_allows_nothing(database: Database) -> None:
    row = {
        "name_key": "newer", "name": "Newer", "description": "", "permissions": '["chat","time:travel"]',
        "limits": None, "created_at": NOON, "updated_at": NOON,
    }  # fmt: skip
    await database.write(lambda connection: connection.execute(role_statements.INSERT_ROLE, row))

    found = (await SqlRoles(database, FixedClock()).book()).get("newer")

    assert found is not None
    assert found.permissions == {"chat"}
