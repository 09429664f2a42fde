"""What was acknowledged is there after the process was killed."""

import asyncio
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest

from ollamanet.infrastructure.kernel.database import Database
from ollamanet.infrastructure.kernel.database_schema import SchemaState, schema_state

CHILD = Path(__file__).with_name("acknowledging_writer.py")


async def acknowledged_before_death(address: str, *, at_least: int) -> set[int]:
    """The numbers that the child said were stored; it is killed without warning in the midst of its work."""
    child = await asyncio.create_subprocess_exec(sys.executable, CHILD, address, stdout=asyncio.subprocess.PIPE)
    assert child.stdout is not None
    lines = [await child.stdout.readline() for _ in range(at_least)]
    child.kill()
    lines += (await child.stdout.read()).splitlines(keepends=True)
    assert await child.wait() < 0
    return {int(line) for line in lines if line.endswith(b"\n")}


@pytest.mark.anyio
async def test_sigkill_loses_nothing_that_was_acknowledged_and_corrupts_nothing(database_address: str) -> None:
    acknowledged = await acknowledged_before_death(database_address, at_least=500)

    with closing(sqlite3.connect(database_address.removeprefix("sqlite:///"))) as file:
        chats = {int.from_bytes(row[0], "big") for row in file.execute("SELECT id FROM conversations")}
        questions = {int.from_bytes(row[0], "big") for row in file.execute("SELECT conversation_id FROM messages")}
        assert file.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert file.execute("PRAGMA foreign_key_check").fetchall() == []
    assert len(acknowledged) >= 500
    assert acknowledged <= chats
    assert chats == questions


@pytest.mark.anyio
async def test_the_next_start_finds_the_schema_as_it_was(database_address: str) -> None:
    await acknowledged_before_death(database_address, at_least=1)
    database = Database(database_address)

    assert await schema_state(database) is SchemaState.CURRENT
    await database.dispose()
