"""The schema: its state is told without Alembic, and the migrations make what the tables say."""

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, text

from ollamanet.infrastructure.kernel.database import Database
from ollamanet.infrastructure.kernel.database_migrations import alembic_config, is_other_type
from ollamanet.infrastructure.kernel.database_schema import REVISIONS, SchemaState, schema_state, upgrade
from ollamanet.infrastructure.kernel.sql_base import metadata
from ollamanet.infrastructure.kernel.sql_discovery import import_every

STATE_OF_A_START = """
import asyncio, sys
from ollamanet.infrastructure.kernel.database import Database
from ollamanet.infrastructure.kernel.database_schema import schema_state, upgrade

async def start():
    database = Database(sys.argv[1])
    if "upgrade" in sys.argv:
        await upgrade(database)
    print((await schema_state(database)).name, "alembic.command" in sys.modules)
    await database.dispose()

asyncio.run(start())
"""


@pytest.fixture(params=["sqlite", "sqlite+aiosqlite"])
async def fresh(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    database = Database(f"{request.param}:///{tmp_path}/ollamanet.db")
    yield database
    await database.dispose()


async def pretend(database: Database, revision: str) -> None:
    statement = text("UPDATE alembic_version SET version_num = :revision")
    await database.write(lambda connection: connection.execute(statement, {"revision": revision}))


async def in_another_process(address: str, *arguments: str) -> str:
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", STATE_OF_A_START, address, *arguments, stdout=asyncio.subprocess.PIPE
    )
    output, _ = await child.communicate()
    assert child.returncode == 0
    return output.decode().strip()


def test_the_revisions_the_program_knows_are_those_of_the_scripts() -> None:
    scripts = ScriptDirectory.from_config(alembic_config())

    assert tuple(script.revision for script in reversed(list(scripts.walk_revisions()))) == REVISIONS
    assert scripts.get_heads() == [REVISIONS[-1]]


@pytest.mark.anyio
async def test_a_new_database_is_empty_and_current_after_an_upgrade(fresh: Database) -> None:
    assert await schema_state(fresh) is SchemaState.EMPTY
    await upgrade(fresh)
    assert await schema_state(fresh) is SchemaState.CURRENT
    await upgrade(fresh)
    assert await schema_state(fresh) is SchemaState.CURRENT


@pytest.mark.anyio
async def test_the_migrations_make_exactly_the_tables_of_the_program(fresh: Database) -> None:
    import_every("tables")
    await upgrade(fresh)

    def differences(connection: Connection) -> list[object]:
        return list(
            compare_metadata(MigrationContext.configure(connection, opts={"compare_type": is_other_type}), metadata)
        )

    assert await fresh.read(differences) == []


@pytest.mark.anyio
async def test_a_schema_of_an_older_program_is_behind(fresh: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    await upgrade(fresh)
    monkeypatch.setattr("ollamanet.infrastructure.kernel.database_schema.REVISIONS", (*REVISIONS, "9999"))

    assert await schema_state(fresh) is SchemaState.BEHIND


@pytest.mark.anyio
async def test_a_schema_of_a_later_program_is_newer_and_not_touched(fresh: Database) -> None:
    await upgrade(fresh)
    await pretend(fresh, "9999")

    assert await schema_state(fresh) is SchemaState.NEWER
    with pytest.raises(CommandError, match="9999"):
        await upgrade(fresh)


@pytest.mark.anyio
async def test_a_migration_that_fails_leaves_the_database_as_it_was(fresh: Database) -> None:
    await fresh.write(lambda connection: connection.execute(text("CREATE TABLE messages (id INTEGER)")))

    with pytest.raises(Exception, match="messages already exists"):
        await upgrade(fresh)

    tables = text("SELECT name FROM sqlite_master WHERE type = 'table'")
    assert await fresh.read(lambda connection: list(connection.execute(tables).scalars())) == ["messages"]


@pytest.mark.anyio
async def test_a_normal_start_does_not_load_alembic(database_address: str) -> None:
    assert await in_another_process(database_address, "upgrade") == "CURRENT False"


@pytest.mark.anyio
async def test_processes_that_start_together_on_a_new_file_agree(tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path}/ollamanet.db"
    starts = await asyncio.gather(*(in_another_process(address, "upgrade") for _ in range(3)))

    assert [start.split()[0] for start in starts] == ["CURRENT"] * 3
