"""The statements of the kernel."""

from typing import Final

from sqlalchemy import Column, MetaData, Table, Unicode, literal, select

PING: Final = select(literal(1).label("one"))

_ALEMBIC_VERSION: Final = Table("alembic_version", MetaData(), Column("version_num", Unicode(32), nullable=False))

APPLIED_REVISIONS: Final = select(_ALEMBIC_VERSION.c.version_num)
