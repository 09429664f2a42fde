"""The tables of inference."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Float, Integer, Unicode
from sqlalchemy.orm import Mapped, mapped_column

from ollamanet.infrastructure.kernel.sql_base import GUID, LONG_TEXT, Base, DateTimeUTC


class LimitVersionRow(Base):
    """One version of the limits; the numbers are JSON, because they are read and written as a whole only."""

    __tablename__ = "limit_versions"

    number: Mapped[int] = mapped_column(Integer(), primary_key=True, autoincrement=False)
    mode: Mapped[str] = mapped_column(Unicode(16))
    percent: Mapped[float] = mapped_column(Float())
    limits: Mapped[str] = mapped_column(LONG_TEXT)
    note: Mapped[str] = mapped_column(LONG_TEXT)
    created_at: Mapped[datetime] = mapped_column(DateTimeUTC())
    created_by: Mapped[UUID] = mapped_column(GUID())
    changed_at: Mapped[datetime | None] = mapped_column(DateTimeUTC())
    changed_by: Mapped[UUID | None] = mapped_column(GUID())
    activated_at: Mapped[datetime | None] = mapped_column(DateTimeUTC())


class DayUseRow(Base):
    """What a user took on one day (`2026-11-22`, UTC), by the API key; `api_key` is empty for a sign-in."""

    __tablename__ = "day_uses"

    # As text: what SQLAlchemy makes of a date for SQL Server depends on whether it is connected.
    day: Mapped[str] = mapped_column(Unicode(10), primary_key=True)
    user_id: Mapped[UUID] = mapped_column(GUID(), primary_key=True)
    api_key: Mapped[str] = mapped_column(Unicode(128), primary_key=True)
    requests: Mapped[int] = mapped_column(BigInteger())
    tokens: Mapped[int] = mapped_column(BigInteger())


class ReplicaRow(Base):
    """A replica that an administrator added. `models` is a JSON list of keys; the token is as it is sent."""

    __tablename__ = "replicas"

    id: Mapped[UUID] = mapped_column(GUID(), primary_key=True)
    name: Mapped[str] = mapped_column(Unicode(420), unique=True)
    url: Mapped[str] = mapped_column(Unicode(420), unique=True)
    slots: Mapped[int] = mapped_column(Integer())
    weight: Mapped[float] = mapped_column(Float())
    models: Mapped[str] = mapped_column(LONG_TEXT)
    token: Mapped[str | None] = mapped_column(Unicode(1000))
    created_by: Mapped[UUID] = mapped_column(GUID())
    created_at: Mapped[datetime] = mapped_column(DateTimeUTC())


class DrainedReplicaRow(Base):
    """A replica, added or configured, from which an administrator keeps work away."""

    __tablename__ = "drained_replicas"

    name: Mapped[str] = mapped_column(Unicode(420), primary_key=True)
