"""Is the schema in the database the one this program was written for? If not, it is brought there."""

from enum import Enum, auto
from importlib import import_module
from typing import Final

from sqlalchemy import Connection, inspect

from ollamanet.infrastructure.kernel.database import Database
from ollamanet.infrastructure.kernel.statements import APPLIED_REVISIONS

# Kept here, so that a normal start need not load Alembic; a test holds it against the scripts.
REVISIONS: Final = ("0001", "0002", "0003", "0004", "0005")
"""Every revision, oldest first; the last is the one this program needs."""


class SchemaState(Enum):
    """What a start finds."""

    CURRENT = auto()
    BEHIND = auto()
    NEWER = auto()
    EMPTY = auto()


async def schema_state(database: Database) -> SchemaState:
    """Compare the database with this program.

    Returns:
        EMPTY when nothing was ever installed, BEHIND when an upgrade is due, NEWER when a later version of this program
        was here.

    Raises:
        SQLAlchemyError: the database cannot be read.
    """
    return await database.read(_state)


async def upgrade(database: Database) -> None:
    """Apply every migration that is missing, all or none; of processes that start together one does it, others wait.

    Raises:
        SQLAlchemyError: the database refused a migration.
        CommandError: a later version of this program was here.
    """
    if await schema_state(database) is not SchemaState.CURRENT:
        await database.write(_migrate)


def _migrate(connection: Connection) -> None:
    # Alembic takes longer to load than a start may take to look at the schema.
    import_module("ollamanet.infrastructure.kernel.database_migrations").migrate(connection)


def _state(connection: Connection) -> SchemaState:
    if not inspect(connection).has_table("alembic_version"):
        return SchemaState.EMPTY
    applied = connection.execute(APPLIED_REVISIONS).scalar_one_or_none()
    if applied is None:
        return SchemaState.EMPTY
    if applied == REVISIONS[-1]:
        return SchemaState.CURRENT
    return SchemaState.BEHIND if applied in REVISIONS else SchemaState.NEWER
