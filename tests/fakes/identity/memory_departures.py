"""Deletes accounts of a store in memory; sessions and keys are somebody else's."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from tests.fakes.identity.memory_users import MemoryUsers

from ollamanet.application.kernel.audit import AuditEntry
from ollamanet.domain.identity.errors import LastAdmin
from ollamanet.domain.identity.user import User, UserStatus
from ollamanet.domain.kernel.errors import Conflict, NotFound
from ollamanet.domain.kernel.ids import UserId


class MemoryDepartures:
    """Does it all at once, as there is nobody to disturb."""

    def __init__(self, users: MemoryUsers) -> None:
        self._users = users

    async def delete(self, user_id: UserId, *, at: datetime, entry: Callable[[User], AuditEntry]) -> User:
        was = await self._users.find(user_id)
        if was is None:
            raise NotFound("there is no such account")
        everybody = [credentials.user for credentials in self._users.stored.values()]
        if {user.id for user in everybody if user.usable and "Admin" in user.roles} == {user_id}:
            raise LastAdmin
        if was.status is UserStatus.DELETED:
            raise Conflict("the account is deleted already")
        deleted = replace(was, status=UserStatus.DELETED, deleted_at=at)
        await self._users.update(deleted, audit=[entry(was)])
        return deleted


class ForgottenCallers:
    """Remembers whom it was told to forget."""

    def __init__(self) -> None:
        self.users: list[UserId] = []
        self.keys: list[str] = []

    def forget_user(self, user_id: UserId) -> None:
        self.users.append(user_id)

    def forget_key(self, key: str) -> None:
        self.keys.append(key)
