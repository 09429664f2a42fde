"""The tables of the audit trail; in the kernel, as every module's changes carry their entry along."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Index, Integer, Unicode
from sqlalchemy.orm import Mapped, mapped_column

from ollamanet.infrastructure.kernel.sql_base import GUID, LONG_TEXT, Base, DateTimeUTC


class AuditEntryRow(Base):
    """One entry; `hash` is over all its other columns, and so over the hash of the entry before it."""

    __tablename__ = "audit_entries"
    __table_args__ = (Index(None, "at"), Index(None, "actor_id", "seq"), Index(None, "target", "seq"))

    seq: Mapped[int] = mapped_column(BigInteger(), primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(DateTimeUTC())
    action: Mapped[str] = mapped_column(Unicode(64))
    actor_id: Mapped[UUID | None] = mapped_column(GUID())
    actor_name: Mapped[str] = mapped_column(Unicode(256))
    key_id: Mapped[str | None] = mapped_column(Unicode(64))
    target: Mapped[str] = mapped_column(Unicode(256))
    target_name: Mapped[str] = mapped_column(Unicode(640))
    address: Mapped[str] = mapped_column(Unicode(64))
    device: Mapped[str] = mapped_column(Unicode(512))
    request_id: Mapped[str] = mapped_column(Unicode(128))
    before: Mapped[str] = mapped_column(LONG_TEXT)
    after: Mapped[str] = mapped_column(LONG_TEXT)
    previous_hash: Mapped[str] = mapped_column(Unicode(64))
    hash: Mapped[str] = mapped_column(Unicode(64))


class AuditHeadRow(Base):
    """The last entry's number and hash; whoever appends locks this one row first."""

    __tablename__ = "audit_head"

    id: Mapped[int] = mapped_column(Integer(), primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(BigInteger())
    hash: Mapped[str] = mapped_column(Unicode(64))
