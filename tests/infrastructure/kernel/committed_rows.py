"""Rows for the one writer, and another program that has its file open."""

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from uuid import UUID

from sqlalchemy import Connection

from ollamanet.infrastructure.conversations import statements
from ollamanet.infrastructure.kernel.database import Database
from ollamanet.infrastructure.kernel.group_commit import GroupCommit
from ollamanet.infrastructure.kernel.sql_write import Write
from ollamanet.infrastructure.kernel.system_clock import SystemClock

ADA = UUID(int=1)
NOW = SystemClock().now()


def new(number: int, title: str = "") -> Write:
    conversation = {
        "id": UUID(int=number),
        "owner_id": ADA,
        "title": title or str(number),
        "model": "m",
        "system": None,
    }
    return Write(statements.INSERT_CONVERSATION, {**conversation, "created_at": NOW, "updated_at": NOW})


def touched(number: int, model: str) -> Write:
    return Write(statements.TOUCH_CONVERSATION, {"conversation_id": UUID(int=number), "at": NOW, "by_model": model})


async def stored(database: Database) -> dict[int, str]:
    """The models of all conversations, by number."""

    def look(connection: Connection) -> dict[int, str]:
        wanted = {"owner": ADA, "limit": 10_000, "offset": 0}
        return {row.id.int: row.model for row in connection.execute(statements.CONVERSATIONS_OF_OWNER, wanted)}

    return await database.read(look)


async def accepted(writer: GroupCommit, *writes: Write) -> asyncio.Task[None]:
    """A submission that is on its way."""
    task = asyncio.create_task(writer.submit(*writes))
    await asyncio.sleep(0)
    return task


@contextmanager
def another(address: str) -> Iterator[sqlite3.Connection]:
    """Another program with the file open; `BEGIN IMMEDIATE` makes everybody wait."""
    path = address.removeprefix("sqlite:///")
    with closing(sqlite3.connect(path, check_same_thread=False, isolation_level=None)) as connection:
        yield connection
