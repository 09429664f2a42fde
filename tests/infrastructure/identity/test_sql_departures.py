"""The real store keeps the contract, and nothing lets anybody in by a deleted account."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import insert, select
from tests.contracts.departures import CHIEF, DeparturesContract, entry
from tests.fakes.identity.fixed_time import NOON
from tests.fakes.identity.people import ADA, BOB

from ollamanet.domain.identity.errors import LastAdmin
from ollamanet.domain.identity.user import User
from ollamanet.infrastructure.identity.sql_departures import SqlDepartures
from ollamanet.infrastructure.identity.sql_users import SqlUsers
from ollamanet.infrastructure.identity.tables import SessionRow
from ollamanet.infrastructure.kernel.audit_tables import AuditEntryRow
from ollamanet.infrastructure.kernel.database import Database
from ollamanet.infrastructure.kernel.group_commit import GroupCommit
from ollamanet.infrastructure.kernel.sql_base import table_of


@pytest.fixture
def users(database: Database, writer: GroupCommit) -> SqlUsers:
    return SqlUsers(database, writer)


class TestSqlDepartures(DeparturesContract):
    @pytest.fixture
    def users(self, database: Database, writer: GroupCommit) -> SqlUsers:
        return SqlUsers(database, writer)

    @pytest.fixture
    def departures(self, database: Database) -> SqlDepartures:
        return SqlDepartures(database)


def session_of(user: User, number: int) -> dict[str, object]:
    return {
        "id": UUID(int=number),
        "user_id": user.id,
        "created_at": NOON,
        "last_used_at": NOON,
        "expires_at": NOON + timedelta(days=30),
        "address": "",
        "device": "",
    }


@pytest.mark.anyio
async def test_his_sessions_end_and_those_of_others_go_on(
    database_address: str, users: SqlUsers, database: Database
) -> None:
    for user in (ADA, BOB):
        await users.add(user, password_hash="a hash")
    sessions = table_of(SessionRow)
    observer = Database(database_address)
    rows = [session_of(ADA, 1), session_of(ADA, 2), session_of(BOB, 3)]
    await observer.write(lambda connection: connection.execute(insert(sessions), rows))

    await SqlDepartures(database).delete(ADA.id, at=NOON, entry=entry)

    left = select(sessions.c.id).where(sessions.c.revoked_at.is_(None))
    assert await observer.read(lambda connection: list(connection.execute(left).scalars())) == [UUID(int=3)]
    await observer.dispose()


@pytest.mark.anyio
async def test_the_trail_has_what_was_done_and_not_what_was_refused(
    database_address: str, users: SqlUsers, database: Database
) -> None:
    for user in (ADA, CHIEF):
        await users.add(user, password_hash="a hash")
    departures = SqlDepartures(database)
    await departures.delete(ADA.id, at=NOON, entry=entry)
    with pytest.raises(LastAdmin):
        await departures.delete(CHIEF.id, at=NOON, entry=entry)

    observer = Database(database_address)
    targets = select(table_of(AuditEntryRow).c.target)
    assert await observer.read(lambda connection: list(connection.execute(targets).scalars())) == [f"user:{ADA.id}"]
    await observer.dispose()
