"""The tables of identity. Times are UTC; lists and limits are JSON; every secret is a hash."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Integer, Unicode
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
    status: Mapped[str] = mapped_column(Unicode(16), server_default="active")
    deleted_at: Mapped[datetime | None] = mapped_column(DateTimeUTC())
    password_changed_at: Mapped[datetime | None] = mapped_column(DateTimeUTC())
    email_verified_at: Mapped[datetime | None] = mapped_column(DateTimeUTC())
    limits: Mapped[str | None] = mapped_column(LONG_TEXT)


class SignInFailuresRow(Base):
    """Failed sign-ins in a row; `subject` is `user:` and an id, or `login:` and the hash of one that nobody has."""

    __tablename__ = "sign_in_failures"

    subject: Mapped[str] = mapped_column(Unicode(80), primary_key=True)
    failures: Mapped[int] = mapped_column(Integer())
    last_at: Mapped[datetime] = mapped_column(DateTimeUTC())
    locked_until: Mapped[datetime | None] = mapped_column(DateTimeUTC())


class RoleRow(Base):
    """A role of the installation, or the changed limits of a built-in one."""

    __tablename__ = "roles"

    name_key: Mapped[str] = mapped_column(Unicode(128), primary_key=True)
    name: Mapped[str] = mapped_column(Unicode(64))
    description: Mapped[str] = mapped_column(Unicode(500))
    permissions: Mapped[str] = mapped_column(LONG_TEXT)
    limits: Mapped[str | None] = mapped_column(LONG_TEXT)
    created_at: Mapped[datetime] = mapped_column(DateTimeUTC())
    updated_at: Mapped[datetime] = mapped_column(DateTimeUTC())


class SessionRow(Base):
    """A sign-in on one device."""

    __tablename__ = "sessions"

    id: Mapped[UUID] = mapped_column(GUID(), primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(DateTimeUTC())
    last_used_at: Mapped[datetime] = mapped_column(DateTimeUTC())
    expires_at: Mapped[datetime] = mapped_column(DateTimeUTC(), index=True)
    address: Mapped[str] = mapped_column(Unicode(64))
    device: Mapped[str] = mapped_column(Unicode(512))
    revoked_at: Mapped[datetime | None] = mapped_column(DateTimeUTC())
    revoked_because: Mapped[str | None] = mapped_column(Unicode(32))


class RefreshTokenRow(Base):
    """A refresh token of a session; one that was used stays, so that its return is noticed."""

    __tablename__ = "refresh_tokens"

    token_hash: Mapped[str] = mapped_column(Unicode(64), primary_key=True)
    session_id: Mapped[UUID] = mapped_column(ForeignKey("sessions.id", ondelete="CASCADE"), index=True)
    issued_at: Mapped[datetime] = mapped_column(DateTimeUTC(), index=True)
    used_at: Mapped[datetime | None] = mapped_column(DateTimeUTC())


class ApiKeyRow(Base):
    """An API key; `prefix` is its beginning, by which its owner knows it."""

    __tablename__ = "api_keys"

    id: Mapped[UUID] = mapped_column(GUID(), primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(Unicode(128))
    prefix: Mapped[str] = mapped_column(Unicode(16))
    secret_hash: Mapped[str] = mapped_column(Unicode(64), unique=True)
    permissions: Mapped[str] = mapped_column(LONG_TEXT)
    limits: Mapped[str | None] = mapped_column(LONG_TEXT)
    created_at: Mapped[datetime] = mapped_column(DateTimeUTC())
    expires_at: Mapped[datetime | None] = mapped_column(DateTimeUTC())
    last_used_at: Mapped[datetime | None] = mapped_column(DateTimeUTC())
    revoked_at: Mapped[datetime | None] = mapped_column(DateTimeUTC())


class ExternalIdentityRow(Base):
    """Somebody as an OpenID provider knows him, and his account here."""

    __tablename__ = "external_identities"

    issuer: Mapped[str] = mapped_column(Unicode(200), primary_key=True)
    subject: Mapped[str] = mapped_column(Unicode(200), primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    email: Mapped[str] = mapped_column(Unicode(320))
    linked_at: Mapped[datetime] = mapped_column(DateTimeUTC())
    last_sign_in_at: Mapped[datetime | None] = mapped_column(DateTimeUTC())


class InvitationRow(Base):
    """An invitation to make an account, for one address or for whoever has its token."""

    __tablename__ = "invitations"

    id: Mapped[UUID] = mapped_column(GUID(), primary_key=True)
    token_hash: Mapped[str] = mapped_column(Unicode(64), unique=True)
    email: Mapped[str | None] = mapped_column(Unicode(320))
    roles: Mapped[str] = mapped_column(LONG_TEXT)
    created_by: Mapped[UUID | None] = mapped_column(GUID())
    created_at: Mapped[datetime] = mapped_column(DateTimeUTC())
    expires_at: Mapped[datetime] = mapped_column(DateTimeUTC())
    used_at: Mapped[datetime | None] = mapped_column(DateTimeUTC())
    used_by: Mapped[UUID | None] = mapped_column(GUID())
    revoked_at: Mapped[datetime | None] = mapped_column(DateTimeUTC())


class PasswordResetRow(Base):
    """A mailed token with which a password may be set once."""

    __tablename__ = "password_resets"

    token_hash: Mapped[str] = mapped_column(Unicode(64), primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(DateTimeUTC())
    expires_at: Mapped[datetime] = mapped_column(DateTimeUTC())
    used_at: Mapped[datetime | None] = mapped_column(DateTimeUTC())
