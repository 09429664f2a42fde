"""How much memory the events of kept chats may take, for each chat, for each user and in all."""

from dataclasses import dataclass
from typing import Final, Protocol

from ollamanet.domain.kernel.ids import UserId

OVERHEAD: Final = 4096
"""Bytes that a kept chat is charged for before its first event."""


@dataclass(frozen=True, slots=True)
class RoomBounds:
    """Bytes of encoded events.

    Attributes:
        total: of all kept chats, > 0; one user may have an eighth of it, one chat a quarter of that.
    """

    total: int = 256 * 1024 * 1024

    @property
    def user(self) -> int:
        """Of the chats of one user."""
        return self.total // 8

    @property
    def chat(self) -> int:
        """Of one chat."""
        return self.total // 32


class Tenant(Protocol):
    """A kept chat, as the one who gives it room sees it."""

    @property
    def user(self) -> UserId:
        """Whose it is."""
        ...

    def forget_oldest(self, size: int) -> int:
        """Free at least `size` bytes of events if it has them; how many were freed."""
        ...

    def forget(self) -> None:
        """It is no longer kept; it gives its room back before this returns."""
        ...


class Room:
    """Counts what is taken; who needs more than there is gets that of chats that are over, then loses his own oldest.

    Attributes:
        taken: bytes in all.
    """

    def __init__(self, bounds: RoomBounds) -> None:
        """Nothing is taken."""
        self._bounds = bounds
        self._of: dict[Tenant, int] = {}
        self._of_user: dict[UserId, int] = {}
        self._over: dict[Tenant, None] = {}
        self.taken = 0

    def take(self, tenant: Tenant, size: int) -> None:
        """Charge `tenant` for `size` more bytes (> 0), and make room for them where there is none."""
        self._add(tenant, size)
        if (excess := self._of[tenant] - OVERHEAD - self._bounds.chat) > 0:
            self._cut(tenant, excess)
        if self._of_user[tenant.user] > self._bounds.user:
            self._evict(tenant.user)
        if self.taken > self._bounds.total:
            self._evict(None)
        excess = max(self._of_user[tenant.user] - self._bounds.user, self.taken - self._bounds.total)
        if excess > 0:
            self._cut(tenant, excess)

    def over(self, tenant: Tenant) -> None:
        """The chat has ended: from here on its room may be given to others."""
        if tenant in self._of:
            self._over[tenant] = None

    def leave(self, tenant: Tenant) -> None:
        """Give everything back; idempotent."""
        self._over.pop(tenant, None)
        if (size := self._of.get(tenant)) is not None:
            self._add(tenant, -size)
            del self._of[tenant]
            if not self._of_user[tenant.user]:
                del self._of_user[tenant.user]

    def _add(self, tenant: Tenant, size: int) -> None:
        self._of[tenant] = self._of.get(tenant, 0) + size
        self._of_user[tenant.user] = self._of_user.get(tenant.user, 0) + size
        self.taken += size

    def _cut(self, tenant: Tenant, size: int) -> None:
        # More than it has to be, because the next event would need room again.
        if freed := tenant.forget_oldest(size + self._bounds.chat // 4):
            self._add(tenant, -freed)

    def _evict(self, user: UserId | None) -> None:
        """Forget chats that are over, the oldest first: those of `user`, or anybody's, until he or all fit."""
        for tenant in [each for each in self._over if user is None or each.user == user]:
            if (self.taken <= self._bounds.total) if user is None else (self._of_user[user] <= self._bounds.user):
                return
            tenant.forget()
