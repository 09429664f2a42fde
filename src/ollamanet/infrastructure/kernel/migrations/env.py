"""Run by Alembic: with the connection that `upgrade` brings, with a URL for a developer, or offline for a script."""

import asyncio

from alembic import context
from sqlalchemy import Connection

from ollamanet.infrastructure.kernel.database import Database
from ollamanet.infrastructure.kernel.database_migrations import is_other_type
from ollamanet.infrastructure.kernel.sql_base import metadata
from ollamanet.infrastructure.kernel.sql_discovery import import_every


def _migrate(connection: Connection) -> None:
    # SQLite alters few things in place: there, tables are copied.
    context.configure(
        connection=connection,
        target_metadata=metadata,
        compare_type=is_other_type,
        render_as_batch=connection.dialect.name == "sqlite",
    )
    with context.begin_transaction():
        context.run_migrations()


async def _connect_and_migrate(address: str) -> None:
    database = Database(address)
    await database.write(_migrate)
    await database.dispose()


def _print() -> None:
    context.configure(dialect_name=context.config.attributes["dialect"], literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()


if context.is_offline_mode():
    _print()
elif "connection" in context.config.attributes:
    _migrate(context.config.attributes["connection"])
else:
    # Only `alembic` on the command line, which compares the tables of every module.
    import_every("tables")
    asyncio.run(_connect_and_migrate(context.get_x_argument(as_dictionary=True)["url"]))
