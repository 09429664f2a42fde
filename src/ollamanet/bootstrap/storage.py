"""The database with its schema in order, and its one writer."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from ollamanet.application.kernel.uncancelled import settled
from ollamanet.bootstrap.settings import Settings
from ollamanet.infrastructure.kernel.database import Database
from ollamanet.infrastructure.kernel.database_schema import SchemaState, schema_state, upgrade
from ollamanet.infrastructure.kernel.group_commit import GroupCommit


class StartRefused(Exception):
    """The service cannot start; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Storage:
    """An open database.

    Attributes:
        writer: through which single rows are written.
    """

    database: Database
    writer: GroupCommit


@asynccontextmanager
async def open_storage(settings: Settings) -> AsyncIterator[Storage]:
    """Open the database, and finish every write before it is closed.

    Raises:
        StartRefused: its schema is not the one this version needs, and may not be changed here.
    """
    try:
        database = Database(settings.database.url)
    except ValueError as error:
        raise StartRefused(f"DATABASE_URL: {error}") from error
    except OSError as error:
        raise StartRefused(f"the data folder (OLLAMANET_DATA_DIR) cannot be used: {error}") from error
    try:
        await _in_order(database, may_migrate=settings.server.auto_migrate)
        async with GroupCommit(database) as writer:
            yield Storage(database, writer)
            await settled()
    finally:
        await database.dispose()


async def _in_order(database: Database, *, may_migrate: bool) -> None:
    state = await schema_state(database)
    if state is SchemaState.NEWER:
        raise StartRefused("the database is of a newer version of OllamaNet; start that version")
    if state is SchemaState.CURRENT:
        return
    if not may_migrate:
        raise StartRefused("the database schema is not up to date; run: ollamanet db upgrade")
    await upgrade(database)
