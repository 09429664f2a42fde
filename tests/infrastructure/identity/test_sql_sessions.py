"""Sessions in a real database."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import anyio
import pytest
from sqlalchemy import Connection
from tests.contracts.sessions import ENTRY, LIFETIME, Put, SessionsContract, Trail, digest, session_of, shown
from tests.fakes.identity.fixed_time import NOON
from tests.fakes.identity.people import ADA
from tests.infrastructure.identity.audit_actions import actions_of
from tests.infrastructure.identity.put_accounts import put_into

from ollamanet.application.kernel.page import PageRequest
from ollamanet.application.kernel.uncancelled import settled
from ollamanet.domain.identity.errors import WrongCredentials
from ollamanet.domain.identity.session import TokenFate
from ollamanet.infrastructure.identity import session_statements
from ollamanet.infrastructure.identity.session_revocation import revoke_sessions
from ollamanet.infrastructure.identity.sql_own_accounts import SqlOwnAccounts
from ollamanet.infrastructure.identity.sql_sessions import SqlSessions
from ollamanet.infrastructure.identity.sql_users import SqlUsers
from ollamanet.infrastructure.kernel.database import Database
from ollamanet.infrastructure.kernel.group_commit import GroupCommit


@pytest.fixture
def users(database: Database, writer: GroupCommit) -> SqlUsers:
    return SqlUsers(database, writer)


@pytest.fixture
def sessions(database: Database, writer: GroupCommit) -> SqlSessions:
    return SqlSessions(database, writer, LIFETIME)


class TestSqlSessions(SessionsContract):
    @pytest.fixture
    def put(self, database: Database) -> Put:
        return put_into(database)

    @pytest.fixture
    def trail(self, database: Database) -> Trail:
        async def actions() -> Sequence[str]:
            return await actions_of(database)

        return actions


@pytest.mark.anyio
async def test_two_processes_exchange_one_token_one_after_the_other(
    database_address: str, users: SqlUsers, sessions: SqlSessions
) -> None:
    await users.add(ADA, password_hash="a hash")
    await sessions.open(session_of(ADA), of=ADA, digest=digest(1))
    other = Database(database_address)
    fates: list[TokenFate] = []

    async def exchange(store: SqlSessions, number: int, seconds: float) -> None:
        found = await store.exchange(shown(1, number, NOON + timedelta(seconds=seconds)))
        assert found is not None
        fates.append(found.fate)

    async with GroupCommit(other) as writer:
        elsewhere = SqlSessions(other, writer, LIFETIME)
        async with anyio.create_task_group() as group:
            for number in range(4):
                group.start_soon(exchange, sessions, 10 + number, 0.0)
                group.start_soon(exchange, elsewhere, 20 + number, 0.0)
    await other.dispose()

    assert fates == [TokenFate.EXCHANGED] * 8


@pytest.mark.anyio
async def test_of_sign_ins_around_a_change_of_the_password_no_session_of_the_old_one_is_left(
    database: Database, database_address: str, users: SqlUsers, sessions: SqlSessions
) -> None:
    await users.add(ADA, password_hash="a hash")
    other = Database(database_address)

    async def change() -> None:
        changed = {"replaces": "a hash", "password_hash": "another", "at": NOON, "keep": None, "audit": [ENTRY]}
        assert await SqlOwnAccounts(database).change_password(ADA.id, **changed)

    async with GroupCommit(other) as writer:
        stores = sessions, SqlSessions(other, writer, LIFETIME)
        before, after = (
            [stores[each % 2].open(session_of(ADA, each), of=ADA, digest=digest(each)) for each in some]
            for some in (range(1, 9), range(11, 19))
        )
        outcomes = await asyncio.gather(*before, change(), *after, return_exceptions=True)
    await settled()
    await other.dispose()

    refused = [outcome for outcome in outcomes if outcome is not None]
    assert {type(each) for each in refused} == {WrongCredentials}
    assert (await sessions.list_live(ADA.id, PageRequest(), at=NOON)).total == 0
    assert (await users.find(ADA.id)).password_changed_at == NOON


@pytest.mark.anyio
async def test_what_is_long_over_is_cleaned_away_at_the_next_sign_in(
    database: Database, users: SqlUsers, sessions: SqlSessions
) -> None:
    await users.add(ADA, password_hash="a hash")
    old = session_of(ADA, 1, NOON - 2 * LIFETIME)
    await sessions.open(old, of=ADA, digest=digest(1))
    await settled()
    await sessions.exchange(shown(1, 2, NOON - 2 * LIFETIME))

    await sessions.open(session_of(ADA, 2), of=ADA, digest=digest(11))
    await settled()

    assert await sessions.find(old.id) is None
    assert await sessions.find_by_token(digest(1)) is None
    assert await sessions.find_by_token(digest(11)) is not None


@pytest.mark.anyio
async def test_sessions_are_ended_within_the_transaction_of_another_change(
    database: Database, users: SqlUsers, sessions: SqlSessions
) -> None:
    await users.add(ADA, password_hash="a hash")
    for number in (1, 2):
        await sessions.open(session_of(ADA, number), of=ADA, digest=digest(number))
    kept = session_of(ADA, 1).id

    def refused(connection: Connection) -> None:
        assert revoke_sessions(connection, ADA.id, at=NOON, because="password_changed", except_session=kept) == 1
        assert revoke_sessions(connection, ADA.id, at=NOON, because="password_changed") == 1
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await database.write(refused)

    assert (await sessions.list_live(ADA.id, PageRequest(), at=NOON)).total == 2
    assert session_statements.REVOKE_SESSIONS_OF_USER is not session_statements.REVOKE_OTHER_SESSIONS_OF_USER
