"""A database over SQLite, driven in threads and over an async driver."""

import asyncio
import sqlite3
import stat
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DatabaseError, IntegrityError, OperationalError

from ollamanet.infrastructure.kernel.database import Database

pytestmark = pytest.mark.anyio
FILE = "data/ollamanet.db"
PRAGMAS = ("journal_mode", "foreign_keys", "busy_timeout", "synchronous")
KEEP_NUMBERS = text("CREATE TABLE numbers (number INTEGER PRIMARY KEY)")
ADD = text("INSERT INTO numbers VALUES (:number)")


@pytest.fixture(params=["sqlite", "sqlite+aiosqlite"])
async def fresh(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    database = Database(f"{request.param}:///{tmp_path}/{FILE}", busy_timeout=0.2)
    yield database
    await database.dispose()


def modes(connection: Connection) -> list[object]:
    return [connection.exec_driver_sql(f"PRAGMA {pragma}").scalar() for pragma in PRAGMAS]


def numbers(connection: Connection) -> list[int]:
    return list(connection.execute(text("SELECT number FROM numbers ORDER BY number")).scalars())


async def test_every_connection_is_in_the_modes_that_durability_and_integrity_need(fresh: Database) -> None:
    assert await fresh.read(modes) == ["wal", 1, 200, 1]
    assert await fresh.write(modes) == ["wal", 1, 200, 1]


async def test_the_file_is_for_its_owner_only(fresh: Database, tmp_path: Path) -> None:
    await fresh.write(lambda connection: connection.execute(KEEP_NUMBERS))

    files = list((tmp_path / "data").iterdir())
    assert files
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


async def test_a_write_that_fails_leaves_nothing_behind_and_harms_no_later_one(fresh: Database) -> None:
    await fresh.write(lambda connection: connection.execute(KEEP_NUMBERS))

    with pytest.raises(IntegrityError):
        await fresh.write(lambda connection: [connection.execute(ADD, {"number": number}) for number in (1, 2, 2)])

    assert await fresh.read(numbers) == []

    await fresh.write(lambda connection: connection.execute(ADD, {"number": 3}))
    assert await fresh.read(numbers) == [3]


async def test_an_error_does_not_tell_what_was_written(fresh: Database) -> None:
    await fresh.write(lambda connection: connection.execute(KEEP_NUMBERS))

    with pytest.raises(IntegrityError) as refused:
        await fresh.write(lambda connection: connection.execute(ADD, [{"number": 424242}, {"number": 424242}]))

    assert "424242" not in str(refused.value)


async def test_readers_do_not_wait_for_the_writer(fresh: Database, tmp_path: Path) -> None:
    await fresh.write(lambda connection: connection.execute(KEEP_NUMBERS))

    def write_and_look_from_outside(connection: Connection) -> list[object]:
        connection.execute(ADD, {"number": 1})
        with closing(sqlite3.connect(tmp_path / FILE, timeout=0)) as outside:
            return outside.execute("SELECT number FROM numbers").fetchall()

    assert await fresh.write(write_and_look_from_outside) == []
    assert await fresh.read(numbers) == [1]


async def test_a_file_that_another_process_holds_is_an_error_after_the_busy_time(
    fresh: Database, tmp_path: Path
) -> None:
    await fresh.write(lambda connection: connection.execute(KEEP_NUMBERS))

    with closing(sqlite3.connect(tmp_path / FILE)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        with pytest.raises(OperationalError, match="locked"):
            await fresh.write(lambda connection: connection.execute(ADD, {"number": 1}))

    await fresh.write(lambda connection: connection.execute(ADD, {"number": 2}))
    assert await fresh.read(numbers) == [2]


class Deadlock(Exception):
    sqlstate = "40P01"


async def test_a_transaction_that_lost_a_deadlock_runs_again(fresh: Database) -> None:
    await fresh.write(lambda connection: connection.execute(KEEP_NUMBERS))
    attempts: list[None] = []

    def lose_twice(connection: Connection) -> None:
        attempts.append(connection.execute(ADD, {"number": 1}).close())
        if len(attempts) <= 2:
            raise OperationalError("INSERT", None, Deadlock())

    await fresh.write(lose_twice)

    assert len(attempts) == 3
    assert await fresh.read(numbers) == [1]


async def test_deadlocks_without_end_are_an_error(fresh: Database) -> None:
    def lose(_connection: Connection) -> None:
        raise OperationalError("INSERT", None, Deadlock())

    with pytest.raises(OperationalError):
        await fresh.write(lose)


async def test_waits_for_another_process_that_is_just_making_the_file(fresh: Database, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / FILE, check_same_thread=False, isolation_level=None)) as maker:
        maker.execute("BEGIN EXCLUSIVE")
        release = threading.Timer(0.3, maker.execute, ["ROLLBACK"])
        release.start()
        assert await fresh.read(modes) == ["wal", 1, 200, 1]
        release.join()


async def test_answers_a_ping_with_the_seconds_it_took(fresh: Database) -> None:
    assert 0 < await fresh.ping() < 30


async def test_a_ping_of_a_database_that_is_gone_is_an_error(tmp_path: Path) -> None:
    gone = Database(f"sqlite:///{tmp_path}/ollamanet.db")
    (tmp_path / "ollamanet.db").write_bytes(b"this is no database, but it is long enough to be mistaken for one" * 20)

    with pytest.raises(DatabaseError):
        await gone.ping()
    await gone.dispose()


async def test_many_readers_at_once_all_get_their_answer(fresh: Database) -> None:
    await fresh.write(lambda connection: connection.execute(KEEP_NUMBERS))
    await fresh.write(lambda connection: connection.execute(ADD, [{"number": number} for number in range(50)]))

    assert await asyncio.gather(*(fresh.read(numbers) for _ in range(40))) == [list(range(50))] * 40


async def test_says_what_to_install_when_the_driver_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "asyncpg", None)

    with pytest.raises(ValueError, match=r"ollamanet\[postgresql\]"):
        Database("postgresql://user:secret@127.0.0.1/name")
