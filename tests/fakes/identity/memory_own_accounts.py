"""The own account and password resets over a store in memory."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from tests.fakes.identity.memory_failures import MemoryFailures
from tests.fakes.identity.memory_users import MemoryUsers

from ollamanet.application.identity.own_account import Audited
from ollamanet.application.identity.sign_in_guard import subjects_of
from ollamanet.application.kernel.audit import AuditEntry
from ollamanet.domain.identity.errors import ResetTokenInvalid
from ollamanet.domain.identity.names import Email, Username
from ollamanet.domain.identity.user import User
from ollamanet.domain.kernel.errors import Unauthenticated
from ollamanet.domain.kernel.ids import SessionId, UserId


@dataclass
class _Reset:
    user_id: UserId
    created_at: datetime
    expires_at: datetime
    used: bool = False


class MemoryOwnAccounts:
    """Both ports at once.

    Attributes:
        sessions: live ones, and whose they are.
    """

    def __init__(self, users: MemoryUsers, failures: MemoryFailures) -> None:
        self.users = users
        self.failures = failures
        self.sessions: dict[SessionId, UserId] = {}
        self._resets: dict[str, _Reset] = {}

    async def issue(
        self, user_id: UserId, *, token_hash: str, at: datetime, expires_at: datetime, most: int, audit: Audited
    ) -> bool:
        user = await self.users.find(user_id)
        since = at - timedelta(hours=1)
        recent = [each for each in self._resets.values() if each.user_id == user_id and each.created_at > since]
        if user is None or not user.usable or len(recent) >= most:
            return False
        self._spend(user_id)
        self._resets[token_hash] = _Reset(user_id, at, expires_at)
        self.users.trail += audit(user)
        return True

    async def find(self, token_hash: str, *, at: datetime) -> User | None:
        reset = self._resets.get(token_hash)
        if reset is None or reset.used or reset.expires_at <= at:
            return None
        user = await self.users.find(reset.user_id)
        return user if user is not None and user.usable else None

    async def redeem(self, token_hash: str, *, password_hash: str, at: datetime, audit: Audited) -> User:
        user = await self.find(token_hash, at=at)
        if user is None:
            raise ResetTokenInvalid
        self._spend(user.id)
        await self.users.set_password(user.id, password_hash=password_hash, at=at, audit=audit(user))
        changed = await self.users.find(user.id)
        assert changed is not None
        await self.users.update(replace(changed, email_verified_at=at))
        self._end_sessions(user.id, None)
        await self.failures.clear(*subjects_of(user))
        return user

    async def rename(
        self, user_id: UserId, *, email: Email | None, username: Username | None, at: datetime, audit: Audited
    ) -> tuple[User, User]:
        before = await self.users.find(user_id)
        if before is None:
            raise Unauthenticated("the account of this token is gone")
        after = before if username is None else replace(before, username=username)
        if email is not None:
            after = replace(after, email=email, email_verified_at=None)
        await self.users.update(after, audit=audit(before))
        if email is not None:
            self._spend(user_id)
        return before, after

    async def change_password(
        self,
        user_id: UserId,
        *,
        replaces: str,
        password_hash: str,
        at: datetime,
        keep: SessionId | None,
        audit: Sequence[AuditEntry],
    ) -> bool:
        found = self.users.stored.get(user_id)
        if found is None or found.password_hash != replaces:
            return False
        await self.users.set_password(user_id, password_hash=password_hash, at=at, audit=audit)
        self._spend(user_id)
        self._end_sessions(user_id, keep)
        return True

    def _spend(self, user_id: UserId) -> None:
        for reset in self._resets.values():
            reset.used = reset.used or reset.user_id == user_id

    def _end_sessions(self, user_id: UserId, keep: SessionId | None) -> None:
        ended = [each for each, owner in self.sessions.items() if owner == user_id and each != keep]
        for session in ended:
            del self.sessions[session]
