"""The last writes of a process, over a database that another one holds."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator

import pytest
from sqlalchemy import event
from sqlalchemy.exc import IntegrityError, OperationalError
from tests.infrastructure.kernel.committed_rows import accepted, another, new, stored, touched

from ollamanet.infrastructure.kernel.database import Database
from ollamanet.infrastructure.kernel.group_commit import GroupCommit

pytestmark = pytest.mark.anyio


@pytest.fixture(params=["sqlite", "sqlite+aiosqlite"])
async def database(request: pytest.FixtureRequest, database_address: str) -> AsyncIterator[Database]:
    database = Database(database_address.replace("sqlite", request.param, 1), busy_timeout=0.05)
    yield database
    await database.dispose()


@pytest.fixture
def holder(database_address: str) -> Iterator[sqlite3.Connection]:
    with another(database_address) as connection:
        yield connection


async def test_at_the_end_a_file_that_stays_held_is_given_up_for_all_that_waits_and_the_log_says_what_is_lost(
    database: Database, holder: sqlite3.Connection, caplog: pytest.LogCaptureFixture
) -> None:
    attempts: list[str] = []
    event.listen(database.engines[-1], "before_cursor_execute", lambda *seen: attempts.append(seen[2]))
    holder.execute("BEGIN IMMEDIATE")
    writer = GroupCommit(database, max_batch=1)
    writer.finish_within(0)
    waiting = [await accepted(writer, new(number), touched(number, "m")) for number in range(9)]
    await writer.aclose()
    outcomes = await asyncio.gather(*waiting, return_exceptions=True)
    holder.execute("ROLLBACK")

    assert [type(outcome) for outcome in outcomes] == [OperationalError] * 9
    assert attempts.count("BEGIN IMMEDIATE") == 1
    [lost] = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert "not stored" in lost
    assert "18 of conversations" in lost
    assert "locked" in lost


async def test_at_the_end_what_the_database_takes_is_stored_however_late(
    database: Database, holder: sqlite3.Connection, caplog: pytest.LogCaptureFixture
) -> None:
    holder.execute("BEGIN IMMEDIATE")
    writer = GroupCommit(database, max_batch=1)
    with pytest.raises(OperationalError):
        await writer.submit(new(1))
    writer.finish_within(30)
    waiting = [await accepted(writer, new(number)) for number in (2, 3)]
    holder.execute("ROLLBACK")
    await writer.aclose()
    await asyncio.gather(*waiting)

    writer.finish_within(0)
    assert sorted(await stored(database)) == [2, 3]
    assert not caplog.records


async def test_at_the_end_a_write_that_is_refused_does_not_give_up_the_others(
    database: Database, writer: GroupCommit
) -> None:
    await writer.submit(new(1))
    writer.finish_within(0)
    outcomes = await asyncio.gather(*(writer.submit(new(number)) for number in (1, 2, 3)), return_exceptions=True)

    assert [type(outcome) for outcome in outcomes] == [IntegrityError, type(None), type(None)]
    assert sorted(await stored(database)) == [1, 2, 3]
