"""What API keys need from the outside."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ollamanet.application.kernel.audit import AuditEntry
from ollamanet.application.kernel.page import Page, PageRequest
from ollamanet.domain.identity.api_key import ApiKey, ApiKeyId
from ollamanet.domain.identity.user import User
from ollamanet.domain.kernel.ids import UserId


@dataclass(frozen=True, slots=True)
class KeyHolder:
    """A key and whose it is, as both are stored at one moment."""

    key: ApiKey
    user: User


@dataclass(frozen=True, slots=True)
class KeyChange:
    """A key as it is to be, and what the audit trail is to have about it."""

    key: ApiKey
    audit: Sequence[AuditEntry]


class ApiKeys(Protocol):
    """Where keys are kept; each call is one short transaction, durable when it returns. Revoked ones are not shown."""

    async def add(self, key: ApiKey, *, secret_hash: str, at_most: int, audit: Sequence[AuditEntry]) -> None:
        """Store a new key, unless its owner has `at_most` (>= 1) live ones at `key.created_at`.

        Raises:
            Conflict: he has so many.
            NotFound: there is no such owner, or his account may not be used.
        """
        ...

    async def list_of(self, owner: UserId, page: PageRequest) -> Page[ApiKey]:
        """The owner's keys, expired ones included, the newest first."""
        ...

    async def change(self, key_id: ApiKeyId, *, owner: UserId, change: Callable[[ApiKey], KeyChange]) -> ApiKey:
        """Replace name, scopes, limits and expiry of a key by what `change` makes of it; nobody comes in between.

        Args:
            key_id: of the key.
            owner: whose it has to be.
            change: pure; what it raises is raised here, and nothing is changed.

        Raises:
            NotFound: there is no such key, it was revoked, or it is somebody else's.
        """
        ...

    async def revoke(
        self, key_id: ApiKeyId, *, owner: UserId, at: datetime, entry: Callable[[ApiKey], AuditEntry]
    ) -> None:
        """End a key for good.

        Raises:
            NotFound: there is no such key, it was revoked, or it is somebody else's.
        """
        ...

    async def holder(self, secret_hash: str) -> KeyHolder | None:
        """The key of this text, revoked and expired ones too, and its owner, in one read; None when there is none."""
        ...

    async def note_uses(self, uses: Mapping[ApiKeyId, datetime]) -> None:
        """Remember when keys were last used; an earlier time than the stored one changes nothing."""
        ...


class KeyUses(Protocol):
    """Hears of each use of a key, and stores it some time later."""

    def note(self, key: ApiKey, at: datetime) -> None:
        """A key was used; returns at once."""
        ...
