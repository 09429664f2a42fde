"""A real database for each test: an SQLite file that was migrated once and is copied."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.infrastructure.known_statements import watch
from tests.infrastructure.lock_order import watch_lock_order

from ollamanet.infrastructure.kernel.database import Database
from ollamanet.infrastructure.kernel.database_schema import upgrade
from ollamanet.infrastructure.kernel.group_commit import GroupCommit


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with the schema and nothing in it.

    Not a coroutine: one that lasts the session would keep its event loop for every test that comes after.
    """
    file = tmp_path_factory.mktemp("database") / "template.db"
    asyncio.run(_migrate(f"sqlite:///{file}"))
    return file


async def _migrate(address: str) -> None:
    database = Database(address)
    await upgrade(database)
    await database.dispose()


@pytest.fixture
def database_address(migrated_file: Path, tmp_path: Path) -> str:
    """An empty, migrated database of the test's own."""
    return f"sqlite:///{shutil.copy(migrated_file, tmp_path / 'ollamanet.db')}"


@pytest.fixture
async def database(database_address: str) -> AsyncIterator[Database]:
    """A migrated database; tests fail if a statement is unknown to the dialect tests, or locks in the wrong order."""
    strangers: list[str] = []
    late: list[str] = []
    database = Database(database_address)
    watch(database, strangers)
    watch_lock_order(database, late)
    yield database
    await database.dispose()
    assert (strangers, late) == ([], [])


@pytest.fixture
async def writer(database: Database) -> AsyncIterator[GroupCommit]:
    """The writer of the test's database."""
    async with GroupCommit(database) as writer:
        yield writer
