"""A real database for each test: an SQLite file that was migrated once and is copied."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Executable, event

from ollamanet.infrastructure.kernel.database import Database
from ollamanet.infrastructure.kernel.database_schema import upgrade
from ollamanet.infrastructure.kernel.group_commit import GroupCommit
from ollamanet.infrastructure.kernel.sql_discovery import import_every

pytest.register_assert_rewrite("tests.contracts")


def module_level_statements() -> dict[str, Executable]:
    """Every statement of every `statements` module, by its full name."""
    return {
        f"{module.__name__}.{name}": value
        for module in import_every("statements")
        for name, value in vars(module).items()
        if isinstance(value, Executable)
    }


def watch(database: Database, strangers: list[str]) -> None:
    """Collect the statements that reach the database and are not of a `statements` module."""
    known = {id(statement) for statement in module_level_statements().values()}

    def look(_connection: Connection, statement: Any, *_: object) -> None:
        if id(statement) not in known:
            strangers.append(str(statement))

    for engine in database.engines:
        event.listen(engine, "before_execute", look)


@pytest.fixture(scope="session")
async def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with the schema and nothing in it."""
    file = tmp_path_factory.mktemp("database") / "template.db"
    database = Database(f"sqlite:///{file}")
    await upgrade(database)
    await database.dispose()
    return file


@pytest.fixture
def database_address(migrated_file: Path, tmp_path: Path) -> str:
    """An empty, migrated database of the test's own."""
    return f"sqlite:///{shutil.copy(migrated_file, tmp_path / 'ollamanet.db')}"


@pytest.fixture
async def database(database_address: str) -> AsyncIterator[Database]:
    """A migrated database; the test fails if a statement runs that the dialect tests do not know."""
    strangers: list[str] = []
    database = Database(database_address)
    watch(database, strangers)
    yield database
    await database.dispose()
    assert strangers == []


@pytest.fixture
async def writer(database: Database) -> AsyncIterator[GroupCommit]:
    """The writer of the test's database."""
    async with GroupCommit(database) as writer:
        yield writer
