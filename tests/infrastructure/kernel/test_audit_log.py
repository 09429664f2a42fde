"""Entries are chained as they are appended, whoever appends them."""

import asyncio
import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from tests.fakes.identity.fixed_time import NOON
from tests.infrastructure.kernel.audit_entries import ADA, entry, rows_of, verdict

from ollamanet.application.kernel.audit import Agent, Origin
from ollamanet.infrastructure.inference import statements
from ollamanet.infrastructure.kernel.audit_log import append, hash_of
from ollamanet.infrastructure.kernel.database import Database
from ollamanet.infrastructure.kernel.group_commit import GroupCommit
from ollamanet.infrastructure.kernel.sql_write import Write

pytestmark = pytest.mark.anyio

APPENDER = """
import asyncio, sys
from tests.infrastructure.kernel.audit_entries import entry
from ollamanet.infrastructure.kernel.database import Database
from ollamanet.infrastructure.kernel.group_commit import GroupCommit

async def main():
    database = Database(sys.argv[1])
    async with GroupCommit(database) as writer:
        for number in range(30):
            await writer.submit(audit=[entry(f"process.{sys.argv[2]}", str(number)), entry("second.one")])
    await database.dispose()

asyncio.run(main())
"""


async def test_what_two_processes_append_at_once_is_one_chain(database_address: str, database: Database) -> None:
    command = [sys.executable, "-c", APPENDER, database_address]
    appending = (asyncio.create_subprocess_exec(*command, name, stderr=subprocess.PIPE) for name in ("one", "two"))
    for process in await asyncio.gather(*appending):
        _, told = await process.communicate()
        assert process.returncode == 0, told

    found = await rows_of(database)
    assert [row["seq"] for row in found] == list(range(1, 121))
    assert (await verdict(database)).whole
    for name in ("one", "two"):
        mine = [row["target"] for row in found if row["action"] == f"process.{name}"]
        assert mine == [str(number) for number in range(30)]


async def test_entries_that_are_submitted_at_once_keep_their_order_and_the_chain_is_whole(
    database: Database, writer: GroupCommit
) -> None:
    await asyncio.gather(*(writer.submit(audit=[entry("a.b", f"{i}"), entry("a.c", f"{i}")]) for i in range(50)))

    found = [(row["action"], row["target"]) for row in await rows_of(database)]
    assert all((("a.b", str(i)), ("a.c", str(i))) in pairwise(found) for i in range(50))
    assert (await verdict(database)).whole


async def test_a_write_that_fails_leaves_no_entry_and_the_others_theirs(
    database: Database, writer: GroupCommit
) -> None:
    drained = Write(statements.INSERT_DRAINED, {"name": "gpu"})
    await writer.submit(drained, audit=[entry("first.one")])
    results = await asyncio.gather(
        writer.submit(drained, audit=[entry("failed.one")]),
        writer.submit(audit=[entry("other.one")]),
        return_exceptions=True,
    )

    assert isinstance(results[0], IntegrityError)
    assert {row["action"] for row in await rows_of(database)} == {"first.one", "other.one"}
    assert (await verdict(database)).whole


async def test_work_that_raises_after_it_appended_leaves_no_entry(database: Database) -> None:
    def work(connection: Any) -> None:
        append(connection, [entry()])
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await database.write(work)

    assert await rows_of(database) == []
    assert (await verdict(database)).head.seq == 0


async def test_what_strangers_send_never_keeps_an_entry_out(database: Database, writer: GroupCommit) -> None:
    nasty = "\0\ud800\U0001f600'\";--" * 300
    agent = Agent(None, nasty, nasty)
    await writer.submit(
        audit=[
            entry(target=nasty, name=nasty, by=agent, origin=Origin(nasty, nasty, nasty), before={"\0": ["\0'\";--"]})
        ]
    )

    (row,) = await rows_of(database)
    assert {len(row[name]) for name in ("address", "key_id")} == {64}
    assert "\0" not in "".join(str(value) for value in row.values())
    assert (await verdict(database)).whole


@pytest.mark.parametrize("driver", ["sqlite", "sqlite+aiosqlite"])
async def test_what_is_read_back_hashes_as_what_was_written(database_address: str, driver: str) -> None:
    database = Database(database_address.replace("sqlite", driver, 1))
    elsewhere = NOON.replace(microsecond=120_000).astimezone(timezone(timedelta(hours=5, minutes=30)))
    async with GroupCommit(database) as writer:
        await writer.submit(audit=[entry(at=at) for at in (NOON, elsewhere, NOON.replace(microsecond=1))])
    checked = await verdict(database)
    await database.dispose()

    assert (checked.whole, checked.entries) == (True, 3)


def test_a_hash_is_over_the_moment_and_the_id_and_not_over_how_a_driver_gives_them() -> None:
    class DriversUuid(UUID):
        """As asyncpg brings its own."""

    row = dict.fromkeys(
        ("seq", "action", "actor_name", "key_id", "target", "target_name", "address", "device", "request_id"), "x"
    ) | {"before": "{}", "after": "{}", "previous_hash": "", "at": NOON, "actor_id": UUID(int=1)}
    others = [NOON.astimezone(timezone(timedelta(hours=-8))), NOON.replace(tzinfo=timezone(timedelta(0), "GMT"))]

    assert {hash_of({**row, "at": at}) for at in others} == {hash_of(row)}
    assert hash_of({**row, "actor_id": DriversUuid(int=1)}) == hash_of(row)
    assert hash_of({**row, "at": NOON + timedelta(microseconds=1)}) != hash_of(row)
    assert hash_of({**row, "target": b"x"}) != hash_of(row)


async def test_the_database_itself_refuses_to_change_or_delete_an_entry(
    database_address: str, writer: GroupCommit
) -> None:
    await writer.submit(audit=[entry()])
    database = Database(database_address)
    for sql in ("UPDATE audit_entries SET action = 'x'", "DELETE FROM audit_entries"):
        with pytest.raises(SQLAlchemyError, match="neither changed nor deleted"):
            await database.write(lambda connection, sql=sql: connection.exec_driver_sql(sql))

    assert len(await rows_of(database)) == 1
    await database.dispose()


async def test_the_account_stands_in_its_entries(database: Database, writer: GroupCommit) -> None:
    await writer.submit(audit=[entry(by=Agent(ADA, "ada", "k1"), before={"a": None}, after={"a": [1, "\u00e4"]})])

    (row,) = await rows_of(database)
    assert (row["actor_id"], row["actor_name"], row["key_id"]) == (ADA, "ada", "k1")
    assert (row["before"], row["after"]) == ('{"a":null}', '{"a":[1,"\u00e4"]}')
    assert row["at"].astimezone(UTC) == datetime(2026, 11, 22, 12, tzinfo=UTC)
