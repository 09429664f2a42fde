"""What every table is made of: one metadata, one way to name constraints, and types that hold on three dialects."""

from typing import Final

from advanced_alchemy.types import GUID, DateTimeUTC
from sqlalchemy import MetaData, Table, UnicodeText
from sqlalchemy.dialects.mssql import NVARCHAR
from sqlalchemy.orm import DeclarativeBase

__all__ = ["GUID", "LONG_TEXT", "Base", "DateTimeUTC", "metadata", "table_of"]

# Named constraints can be dropped by a migration, and found again in the error of any driver.
metadata: Final = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)

LONG_TEXT: Final = UnicodeText().with_variant(NVARCHAR(), "mssql")
"""Text of any length: TEXT, and NVARCHAR(max) on SQL Server, where plain `Text` would lose all but one code page."""


class Base(DeclarativeBase):
    """The root of all rows."""

    metadata = metadata


def table_of(row: type[Base]) -> Table:
    """The Core table behind a row class; statements are built on it, as compiling them skips the ORM."""
    return metadata.tables[row.__tablename__]
