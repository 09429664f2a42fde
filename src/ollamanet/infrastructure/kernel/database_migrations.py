"""Runs the migrations, with Alembic: slow to load, so that only an upgrade imports this."""

from io import StringIO
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Column, Connection
from sqlalchemy.types import TypeEngine

from ollamanet.infrastructure.kernel.sql_base import GUID

_FOLDER: Final = Path(__file__).with_name("migrations")

# SQLite is locked by the transaction itself; the lock of the others ends with the transaction.
_LOCK: Final = {
    "postgresql": "SELECT pg_advisory_xact_lock(7030921)",
    "mssql": "EXEC sp_getapplock @Resource = 'ollamanet-schema', @LockMode = 'Exclusive'",
}


def alembic_config(output: StringIO | None = None) -> Config:
    """Where Alembic finds the migrations; SQL of an offline run goes to `output`."""
    return Config(_FOLDER / "alembic.ini", output_buffer=output)


def migrate(connection: Connection) -> None:
    """Apply every migration that is missing, on a connection that is in a transaction."""
    if (lock := _LOCK.get(connection.dialect.name)) is not None:
        connection.exec_driver_sql(lock)
    config = alembic_config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def offline_sql(dialect: str) -> str:
    """The whole schema as a script for a database administrator.

    Args:
        dialect: `sqlite`, `postgresql` or `mssql`.
    """
    output = StringIO()
    config = alembic_config(output)
    config.attributes["dialect"] = dialect
    command.upgrade(config, "head", sql=True)
    return output.getvalue()


def is_other_type(
    context: MigrationContext,
    _in_database: Column[object],
    _in_program: Column[object],
    _found: TypeEngine[object],
    wanted: TypeEngine[object],
) -> bool | None:
    """Tell Alembic whether a column's type changed; None leaves it to Alembic.

    SQLite has no name for 16 bytes and reports them as a number.
    """
    return False if context.dialect.name == "sqlite" and isinstance(wanted, GUID) else None
