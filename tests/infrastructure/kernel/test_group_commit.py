"""Many writers, few transactions, and everyone gets his own answer."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator

import pytest
from sqlalchemy import event
from sqlalchemy.exc import IntegrityError, OperationalError
from tests.infrastructure.kernel.committed_rows import accepted, another, new, stored, touched

from ollamanet.domain.kernel.errors import ShuttingDown
from ollamanet.infrastructure.kernel.database import Database
from ollamanet.infrastructure.kernel.group_commit import GroupCommit

pytestmark = pytest.mark.anyio


@pytest.fixture(params=["sqlite", "sqlite+aiosqlite"])
async def database(request: pytest.FixtureRequest, database_address: str) -> AsyncIterator[Database]:
    database = Database(database_address.replace("sqlite", request.param, 1), busy_timeout=0.05)
    yield database
    await database.dispose()


def count_commits(database: Database) -> list[str]:
    commits: list[str] = []
    for engine in database.engines:
        event.listen(engine, "commit", lambda _: commits.append("commit"))
    return commits


@pytest.fixture
def holder(database_address: str) -> Iterator[sqlite3.Connection]:
    with another(database_address) as connection:
        yield connection


async def test_a_write_is_there_when_its_submission_returns(database: Database, writer: GroupCommit) -> None:
    await writer.submit(new(1))

    assert await stored(database) == {1: "m"}


async def test_what_waits_while_one_commits_shares_a_transaction(database: Database, writer: GroupCommit) -> None:
    commits = count_commits(database)
    await asyncio.gather(*(writer.submit(new(number)) for number in range(1000)))

    assert len(await stored(database)) == 1000
    assert len(commits) < 10


async def test_a_submission_is_done_as_a_whole_or_not_at_all(database: Database, writer: GroupCommit) -> None:
    await writer.submit(new(1))
    with pytest.raises(IntegrityError):
        await writer.submit(new(2), touched(1, "changed"), new(1))

    assert await stored(database) == {1: "m"}


async def test_a_write_that_is_refused_fails_its_own_caller_only(database: Database, writer: GroupCommit) -> None:
    await writer.submit(new(7))
    batch = [writer.submit(new(number, "\ud800" if number == 9 else "")) for number in range(5, 15)]
    outcomes = await asyncio.gather(*batch, return_exceptions=True)

    failed = {number: type(outcome) for number, outcome in enumerate(outcomes, 5) if outcome is not None}
    assert failed == {7: IntegrityError, 9: UnicodeEncodeError}
    assert sorted(await stored(database)) == [5, 6, 7, 8, 10, 11, 12, 13, 14]


async def test_later_submissions_overwrite_earlier_ones(database: Database, writer: GroupCommit) -> None:
    await asyncio.gather(writer.submit(new(1)), *(writer.submit(touched(1, str(turn))) for turn in range(20)))

    assert await stored(database) == {1: "19"}


async def test_a_write_is_carried_out_though_its_caller_was_cancelled(database: Database, writer: GroupCommit) -> None:
    task = await accepted(writer, new(1))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await writer.aclose()

    assert await stored(database) == {1: "m"}


async def test_a_failure_nobody_waits_for_is_logged_without_what_was_written(
    database: Database, writer: GroupCommit, caplog: pytest.LogCaptureFixture
) -> None:
    await writer.submit(new(1))
    (await accepted(writer, new(1, title="a secret"))).cancel()
    await writer.aclose()

    assert [record.getMessage() for record in caplog.records] == ["a write failed after its caller had left"]
    assert "IntegrityError" in caplog.text
    assert "a secret" not in caplog.text


async def test_closing_commits_what_was_accepted_and_refuses_the_rest(database: Database, writer: GroupCommit) -> None:
    waiting = [await accepted(writer, new(number)) for number in range(30)]
    await writer.aclose()

    with pytest.raises(ShuttingDown):
        await writer.submit(new(99))
    await asyncio.gather(*waiting)
    assert sorted(await stored(database)) == list(range(30))


async def test_waits_for_room_when_too_much_is_pending(database: Database, holder: sqlite3.Connection) -> None:
    writer = GroupCommit(database, max_pending=2, max_batch=1)
    holder.execute("BEGIN IMMEDIATE")
    taken = [await accepted(writer, new(number)) for number in (1, 2)]
    for _ in range(5):
        await asyncio.sleep(0)
    taken.append(await accepted(writer, new(3)))
    without_room = [await accepted(writer, new(number)) for number in (4, 5)]
    without_room[0].cancel()
    holder.execute("ROLLBACK")
    await asyncio.gather(*taken, without_room[1])
    await writer.aclose()

    assert sorted(await stored(database)) == [1, 2, 3, 5]


async def test_closing_refuses_those_who_wait_for_room(database: Database, holder: sqlite3.Connection) -> None:
    writer = GroupCommit(database, max_pending=1, max_batch=1)
    holder.execute("BEGIN IMMEDIATE")
    tasks = [await accepted(writer, new(number)) for number in (1, 2, 3)]
    closing_time = asyncio.create_task(writer.aclose())
    await asyncio.sleep(0)
    holder.execute("ROLLBACK")
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    await closing_time

    assert sum(isinstance(outcome, ShuttingDown) for outcome in outcomes) >= 1
    assert len(await stored(database)) == sum(outcome is None for outcome in outcomes)


async def test_tries_again_when_another_process_holds_the_file(database: Database, holder: sqlite3.Connection) -> None:
    attempts: list[str] = []

    def let_go_at_the_second_attempt(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        attempts.append(statement)
        if attempts.count("BEGIN IMMEDIATE") == 2:
            holder.execute("ROLLBACK")

    event.listen(database.engines[-1], "before_cursor_execute", let_go_at_the_second_attempt)
    holder.execute("BEGIN IMMEDIATE")
    async with GroupCommit(database) as writer:
        await asyncio.gather(writer.submit(new(1)), writer.submit(new(2)))

    assert sorted(await stored(database)) == [1, 2]


async def test_gives_up_on_a_file_that_stays_held_and_goes_on_afterwards(
    database: Database, holder: sqlite3.Connection
) -> None:
    holder.execute("BEGIN IMMEDIATE")
    async with GroupCommit(database) as writer:
        outcomes = await asyncio.gather(*(writer.submit(new(number)) for number in (1, 2)), return_exceptions=True)
        holder.execute("ROLLBACK")
        await writer.submit(new(3))

    assert [type(outcome) for outcome in outcomes] == [OperationalError] * 2
    assert sorted(await stored(database)) == [3]
