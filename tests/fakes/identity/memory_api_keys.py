"""API keys that are gone with the process."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from tests.fakes.identity.memory_users import MemoryUsers

from ollamanet.application.identity.key_ports import KeyChange, KeyHolder
from ollamanet.application.kernel.audit import AuditEntry
from ollamanet.application.kernel.page import Page, PageRequest
from ollamanet.domain.identity.api_key import ApiKey, ApiKeyId
from ollamanet.domain.identity.roles import RoleBook, RoleDefinition
from ollamanet.domain.kernel.errors import Conflict, NotFound
from ollamanet.domain.kernel.ids import UserId


class MemoryApiKeys:
    """Keeps keys in a dictionary, by their hashes."""

    def __init__(self, users: MemoryUsers) -> None:
        self.users = users
        self.stored: dict[str, ApiKey] = {}
        self.trail: list[AuditEntry] = []
        self.reads = 0

    async def add(self, key: ApiKey, *, secret_hash: str, at_most: int, audit: Sequence[AuditEntry]) -> None:
        owner = await self.users.find(key.owner)
        if owner is None or not owner.usable:
            raise NotFound("there is no such account, or it may not be used")
        if sum(each.owner == key.owner and each.live(key.created_at) for each in self.stored.values()) >= at_most:
            raise Conflict(f"there are {at_most} API keys already; revoke one first")
        self.stored[secret_hash] = key
        self.trail += audit

    async def list_of(self, owner: UserId, page: PageRequest) -> Page[ApiKey]:
        keys = [key for key in self.stored.values() if key.owner == owner and key.revoked_at is None]
        keys.sort(key=lambda key: (key.created_at, key.id), reverse=True)
        return Page(keys[page.offset : page.offset + page.page_size], page.page, page.page_size, len(keys))

    async def change(self, key_id: ApiKeyId, *, owner: UserId, change: Callable[[ApiKey], KeyChange]) -> ApiKey:
        secret_hash, key = self._of_owner(key_id, owner)
        made = change(key)
        self.stored[secret_hash] = made.key
        self.trail += made.audit
        return made.key

    async def revoke(
        self, key_id: ApiKeyId, *, owner: UserId, at: datetime, entry: Callable[[ApiKey], AuditEntry]
    ) -> None:
        secret_hash, key = self._of_owner(key_id, owner)
        self.stored[secret_hash] = replace(key, revoked_at=at)
        self.trail.append(entry(key))

    async def holder(self, secret_hash: str) -> KeyHolder | None:
        self.reads += 1
        key = self.stored.get(secret_hash)
        user = None if key is None else await self.users.find(key.owner)
        return None if key is None or user is None else KeyHolder(key, user)

    async def note_uses(self, uses: Mapping[ApiKeyId, datetime]) -> None:
        for secret_hash, key in self.stored.items():
            if key.id in uses and (key.last_used_at is None or key.last_used_at < uses[key.id]):
                self.stored[secret_hash] = replace(key, last_used_at=uses[key.id])

    def _of_owner(self, key_id: ApiKeyId, owner: UserId) -> tuple[str, ApiKey]:
        for secret_hash, key in self.stored.items():
            if key.id == key_id and key.owner == owner and key.revoked_at is None:
                return secret_hash, key
        raise NotFound("there is no such API key")


class FixedRoles:
    """The built-in roles and those that it was given."""

    def __init__(self, *own: RoleDefinition) -> None:
        self.own = own

    async def book(self) -> RoleBook:
        return RoleBook(self.own)


class HeardUses:
    """Writes nothing; remembers which keys were used, and when."""

    def __init__(self) -> None:
        self.heard: list[tuple[ApiKeyId, datetime]] = []

    def note(self, key: ApiKey, at: datetime) -> None:
        self.heard.append((key.id, at))
