"""Sessions and their refresh tokens in the database."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Row

from ollamanet.application.identity.session_ports import Exchange, Exchanged, SessionOwner
from ollamanet.application.kernel.audit import AuditEntry
from ollamanet.application.kernel.page import Page, PageRequest
from ollamanet.application.kernel.uncancelled import unawaited
from ollamanet.domain.identity.account_states import require_as_verified
from ollamanet.domain.identity.session import Session, ShownToken, TokenFate
from ollamanet.domain.identity.user import User
from ollamanet.domain.kernel.ids import SessionId, UserId
from ollamanet.infrastructure.identity import session_statements as statements
from ollamanet.infrastructure.identity.session_revocation import revoke_sessions
from ollamanet.infrastructure.identity.sql_users import locked_user, user_from
from ollamanet.infrastructure.kernel.audit_log import append
from ollamanet.infrastructure.kernel.audit_statements import LOCK_HEAD
from ollamanet.infrastructure.kernel.database import Database
from ollamanet.infrastructure.kernel.group_commit import GroupCommit
from ollamanet.infrastructure.kernel.sql_write import Write

_CLEANED_EVERY: Final = timedelta(minutes=1)
_TOKENS_A_TIME: Final = 500
_SESSIONS_A_TIME: Final = 100


@dataclass(slots=True)
class SqlSessions:
    """A `Sessions` store; who comes first is decided by the database's own locks.

    Attributes:
        lifetime: of a refresh token; what is older tells nothing any more, and is cleaned away.
    """

    database: Database
    writer: GroupCommit
    lifetime: timedelta = timedelta(days=30)
    _cleaned_at: datetime | None = field(default=None, init=False)

    async def open(self, session: Session, *, of: User, digest: str, audit: Sequence[AuditEntry] = ()) -> None:
        """Store a session with its first token, if the account is still as it was."""
        token = {"token_hash": digest, "session_id": session.id, "issued_at": session.created_at, "used_at": None}

        def write(connection: Connection) -> None:
            require_as_verified(locked_user(connection, session.user_id), of)
            connection.execute(statements.INSERT_SESSION, _values(session))
            connection.execute(statements.INSERT_TOKEN, token)
            append(connection, audit)

        await self.database.write(write)
        if self._cleaned_at is None or session.created_at - self._cleaned_at >= _CLEANED_EVERY:
            self._cleaned_at = session.created_at
            unawaited(self._clean(session.created_at))

    async def exchange(self, exchange: Exchange) -> Exchanged | None:
        """Exchange a token for its successor, if it is still good."""

        def write(connection: Connection) -> Exchanged | None:
            shown = {"digest": exchange.digest}
            if connection.execute(statements.LOCK_SESSION_OF_TOKEN, shown).rowcount == 0:
                return None
            row = connection.execute(statements.SESSION_OF_TOKEN, shown).one()
            owner, token = _owner(row), ShownToken(row.token_issued_at, row.token_used_at)
            usable, lifetime = owner.user.usable, exchange.lifetime
            fate = token.fate(owner.session, usable=usable, lifetime=lifetime, now=exchange.at)
            if fate is TokenFate.EXCHANGED:
                refreshed = owner.session.refreshed(exchange.at, lifetime, exchange.address)
                _store_exchange(connection, exchange, refreshed)
                owner = SessionOwner(refreshed, owner.user)
            return Exchanged(owner, fate)

        return await self.database.write(write)

    async def find(self, session_id: SessionId) -> SessionOwner | None:
        """The session and its account, or None."""

        def read(connection: Connection) -> SessionOwner | None:
            row = connection.execute(statements.SESSION_WITH_USER, {"session_id": session_id}).one_or_none()
            return None if row is None else _owner(row)

        return await self.database.read(read)

    async def find_by_token(self, digest: str) -> SessionOwner | None:
        """The session of a token, or None."""

        def read(connection: Connection) -> SessionOwner | None:
            row = connection.execute(statements.SESSION_OF_TOKEN, {"digest": digest}).one_or_none()
            return None if row is None else _owner(row)

        return await self.database.read(read)

    async def list_live(self, user_id: UserId, page: PageRequest, *, at: datetime) -> Page[Session]:
        """The account's sessions that go on, the last used first."""

        def read(connection: Connection) -> Page[Session]:
            whose = {"user_id": user_id, "at": at}
            window = {"limit": page.page_size, "offset": page.offset}
            rows = connection.execute(statements.LIVE_SESSIONS, whose | window)
            found = tuple(_session(row) for row in rows)
            total = connection.execute(statements.COUNT_LIVE_SESSIONS, whose).scalar_one()
            return Page(found, page.page, page.page_size, total)

        return await self.database.read(read)

    async def revoke(
        self, session_id: SessionId, *, of: UserId, at: datetime, because: str, audit: Sequence[AuditEntry] = ()
    ) -> bool:
        """End a session of this account, if it goes on."""
        values = {"session_id": session_id, "of_user": of, "at": at, "because": because}

        def write(connection: Connection) -> bool:
            # The head of the trail first, as in every transaction that appends to it: else two could wait crosswise.
            connection.execute(LOCK_HEAD)
            ended = connection.execute(statements.REVOKE_SESSION, values).rowcount == 1
            if ended and audit:
                append(connection, audit)
            return ended

        return await self.database.write(write)

    async def revoke_all(
        self,
        user_id: UserId,
        *,
        at: datetime,
        because: str,
        except_session: SessionId | None = None,
        audit: Sequence[AuditEntry] = (),
    ) -> int:
        """End all sessions of an account but one."""

        def write(connection: Connection) -> int:
            if audit:
                append(connection, audit)
            return revoke_sessions(connection, user_id, at=at, because=because, except_session=except_session)

        return await self.database.write(write)

    def note_use(self, session_id: SessionId, *, at: datetime) -> None:
        """Remember soon when it was used."""
        unawaited(self.writer.submit(Write(statements.NOTE_USE, {"session_id": session_id, "at": at})))

    async def _clean(self, at: datetime) -> None:
        def write(connection: Connection) -> None:
            old = connection.execute(statements.OLD_TOKENS, {"before": at - self.lifetime, "limit": _TOKENS_A_TIME})
            if tokens := [{"digest": digest} for digest in old.scalars()]:
                connection.execute(statements.DELETE_TOKEN, tokens)
            over = connection.execute(statements.OLD_SESSIONS, {"at": at, "limit": _SESSIONS_A_TIME})
            if sessions := [{"session_id": session_id} for session_id in over.scalars()]:
                connection.execute(statements.DELETE_SESSION, sessions)

        await self.database.write(write)


def _store_exchange(connection: Connection, exchange: Exchange, refreshed: Session) -> None:
    connection.execute(statements.USE_TOKEN, {"digest": exchange.digest, "at": exchange.at})
    successor = {
        "token_hash": exchange.successor,
        "session_id": refreshed.id,
        "issued_at": exchange.at,
        "used_at": None,
    }
    connection.execute(statements.INSERT_TOKEN, successor)
    moved = {"session_id": refreshed.id, "at": refreshed.last_used_at, "until": refreshed.expires_at}
    connection.execute(statements.REFRESH_SESSION, moved | {"new_address": refreshed.address[:64]})


def _values(session: Session) -> dict[str, object]:
    return {
        "id": session.id,
        "user_id": session.user_id,
        "created_at": session.created_at,
        "last_used_at": session.last_used_at,
        "expires_at": session.expires_at,
        "address": session.address[:64],
        "device": session.device[:256],
        "revoked_at": session.revoked_at,
        "revoked_because": None,
    }


def _owner(row: Row[Any]) -> SessionOwner:
    return SessionOwner(_session(row), user_from(row))


def _session(row: Row[Any]) -> Session:
    return Session(
        id=SessionId(row.session_id),
        user_id=UserId(row.session_user_id),
        created_at=row.session_created_at,
        last_used_at=row.session_last_used_at,
        expires_at=row.session_expires_at,
        address=row.session_address,
        device=row.session_device,
        revoked_at=row.session_revoked_at,
    )
