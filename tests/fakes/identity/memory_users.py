"""A store that forgets."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from ollamanet.application.identity.ports import Credentials
from ollamanet.application.kernel.audit import AuditEntry
from ollamanet.domain.identity.errors import EmailTaken, UsernameTaken
from ollamanet.domain.identity.names import Login
from ollamanet.domain.identity.user import User
from ollamanet.domain.kernel.errors import NotFound
from ollamanet.domain.kernel.ids import UserId


class MemoryUsers:
    """Keeps accounts in a dictionary, in the order in which they came."""

    def __init__(self, *stored: Credentials) -> None:
        self.stored = {credentials.user.id: credentials for credentials in stored}
        self.trail: list[AuditEntry] = []

    async def add(self, user: User, *, password_hash: str, audit: Sequence[AuditEntry] = ()) -> None:
        self.keep(Credentials(user, password_hash), audit, replacing=None)

    async def update(self, user: User, *, audit: Sequence[AuditEntry] = ()) -> None:
        if user.id not in self.stored:
            raise NotFound("there is no such account")
        self.keep(replace(self.stored[user.id], user=user), audit, replacing=user.id)

    async def set_password(
        self,
        user_id: UserId,
        *,
        password_hash: str,
        at: datetime | None,
        audit: Sequence[AuditEntry] = (),
        replacing: str | None = None,
    ) -> None:
        found = self.stored.get(user_id)
        if found is not None and replacing in {None, found.password_hash}:
            changed = found.user if at is None else replace(found.user, password_changed_at=at)
            self.keep(Credentials(changed, password_hash), audit, replacing=user_id)

    def keep(self, credentials: Credentials, audit: Sequence[AuditEntry], *, replacing: UserId | None) -> None:
        user = credentials.user
        for other in self.stored.values():
            if other.user.id != replacing and other.user.email.key == user.email.key:
                raise EmailTaken
            if other.user.id != replacing and other.user.username.key == user.username.key:
                raise UsernameTaken
        self.stored[user.id] = credentials
        self.trail += audit

    async def find(self, user_id: UserId) -> User | None:
        found = self.stored.get(user_id)
        return None if found is None else found.user

    async def find_credentials(self, login: Login) -> Credentials | None:
        for credentials in self.stored.values():
            user = credentials.user
            if login.key == (user.email.key if login.is_email else user.username.key):
                return credentials
        return None

    async def record_sign_in(self, user_id: UserId, *, at: datetime) -> None:
        if (found := self.stored.get(user_id)) is not None:
            self.stored[user_id] = replace(found, user=replace(found.user, last_sign_in_at=at))
