"""Sessions that are gone when the test is."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from tests.fakes.identity.memory_users import MemoryUsers

from ollamanet.application.identity.session_ports import Exchange, Exchanged, SessionOwner
from ollamanet.application.kernel.audit import AuditEntry
from ollamanet.application.kernel.page import Page, PageRequest
from ollamanet.domain.identity.account_states import require_as_verified
from ollamanet.domain.identity.session import Session, ShownToken, TokenFate
from ollamanet.domain.identity.user import User
from ollamanet.domain.kernel.ids import SessionId, UserId


@dataclass(frozen=True)
class Kept:
    token: ShownToken
    session: SessionId


class MemorySessions:
    """Keeps sessions beside the accounts of a store; its trail is that store's."""

    def __init__(self, users: MemoryUsers) -> None:
        self.users = users
        self.sessions: dict[SessionId, Session] = {}
        self.tokens: dict[str, Kept] = {}
        self.reads = 0

    async def open(self, session: Session, *, of: User, digest: str, audit: Sequence[AuditEntry] = ()) -> None:
        require_as_verified(await self.users.find(session.user_id), of)
        self.sessions[session.id] = session
        self.tokens[digest] = Kept(ShownToken(session.created_at), session.id)
        self.users.trail += audit

    async def exchange(self, exchange: Exchange) -> Exchanged | None:
        kept = self.tokens.get(exchange.digest)
        if kept is None or (owner := self._owner(kept.session)) is None:
            return None
        fate = kept.token.fate(owner.session, usable=owner.user.usable, lifetime=exchange.lifetime, now=exchange.at)
        if fate is TokenFate.EXCHANGED:
            used_at = kept.token.used_at or exchange.at
            self.tokens[exchange.digest] = replace(kept, token=replace(kept.token, used_at=used_at))
            self.tokens[exchange.successor] = Kept(ShownToken(exchange.at), kept.session)
            refreshed = owner.session.refreshed(exchange.at, exchange.lifetime, exchange.address)
            self.sessions[kept.session] = refreshed
            owner = SessionOwner(refreshed, owner.user)
        return Exchanged(owner, fate)

    async def find(self, session_id: SessionId) -> SessionOwner | None:
        self.reads += 1
        return self._owner(session_id)

    async def find_by_token(self, digest: str) -> SessionOwner | None:
        kept = self.tokens.get(digest)
        return None if kept is None else self._owner(kept.session)

    async def list_live(self, user_id: UserId, page: PageRequest, *, at: datetime) -> Page[Session]:
        live = [each for each in self.sessions.values() if each.user_id == user_id and each.live(at)]
        live.sort(key=lambda session: session.id)
        live.sort(key=lambda session: session.last_used_at, reverse=True)
        return Page(live[page.offset : page.offset + page.page_size], page.page, page.page_size, len(live))

    async def revoke(
        self, session_id: SessionId, *, of: UserId, at: datetime, because: str, audit: Sequence[AuditEntry] = ()
    ) -> bool:
        session = self.sessions.get(session_id)
        if session is None or session.user_id != of or not session.live(at):
            return False
        self.sessions[session_id] = replace(session, revoked_at=at)
        self.users.trail += audit
        return True

    async def revoke_all(
        self,
        user_id: UserId,
        *,
        at: datetime,
        because: str,
        except_session: SessionId | None = None,
        audit: Sequence[AuditEntry] = (),
    ) -> int:
        self.users.trail += audit
        ids = [each.id for each in self.sessions.values() if each.user_id == user_id and each.id != except_session]
        ended = [await self.revoke(session_id, of=user_id, at=at, because=because) for session_id in ids]
        return sum(ended)

    def note_use(self, session_id: SessionId, *, at: datetime) -> None:
        session = self.sessions[session_id]
        self.sessions[session_id] = replace(session, last_used_at=max(at, session.last_used_at))

    def _owner(self, session_id: SessionId) -> SessionOwner | None:
        session = self.sessions.get(session_id)
        found = self.users.stored.get(session.user_id) if session is not None else None
        return None if session is None or found is None else SessionOwner(session, found.user)
