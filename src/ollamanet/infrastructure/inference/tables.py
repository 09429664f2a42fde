"""The tables of inference."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Float, Integer, Unicode
from sqlalchemy.orm import Mapped, mapped_column

from ollamanet.infrastructure.kernel.sql_base import GUID, LONG_TEXT, Base, DateTimeUTC


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
