"""The tables of identity."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Boolean, Unicode
from sqlalchemy.orm import Mapped, mapped_column

from ollamanet.infrastructure.kernel.sql_base import GUID, LONG_TEXT, Base, DateTimeUTC


class UserRow(Base):
    """An account. The `_key` columns hold the normalised form in which two spellings of one name are equal."""

    __tablename__ = "users"

    id: Mapped[UUID] = mapped_column(GUID(), primary_key=True)
    email: Mapped[str] = mapped_column(Unicode(320))
    email_key: Mapped[str] = mapped_column(Unicode(640), unique=True)
    username: Mapped[str] = mapped_column(Unicode(128))
    username_key: Mapped[str] = mapped_column(Unicode(256), unique=True)
    password_hash: Mapped[str] = mapped_column(Unicode(256))
    roles: Mapped[str] = mapped_column(LONG_TEXT)
    created_at: Mapped[datetime] = mapped_column(DateTimeUTC())
    last_sign_in_at: Mapped[datetime | None] = mapped_column(DateTimeUTC())
    disabled: Mapped[bool] = mapped_column(Boolean(), default=False)
