"""All that is stored about an account itself."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from ollamanet.application.identity.ports import Users
from ollamanet.application.kernel.parts import each_of
from ollamanet.domain.identity.api_key import ApiKey
from ollamanet.domain.identity.user import User
from ollamanet.domain.kernel.errors import NotFound
from ollamanet.domain.kernel.ids import UserId

Record = Mapping[str, object]
"""One row as names and plain values; never a secret, nor the hash of one."""


class WholeAccount(Protocol):
    """Reads it, oldest first, in parts that are small enough to be held in memory; the last one is empty."""

    async def api_keys(self, owner: UserId, after: ApiKey | None) -> Sequence[ApiKey]:
        """His API keys after that one, revoked ones too."""
        ...

    async def sessions(self, owner: UserId, after: Record | None) -> Sequence[Record]:
        """His sign-ins after that one, ended ones too; each has `created_at` and `id`."""
        ...

    async def identities(self, owner: UserId, after: Record | None) -> Sequence[Record]:
        """Those of his at other providers, in one part."""
        ...

    async def activity(self, owner: UserId, after: Record | None) -> Sequence[Record]:
        """What the audit trail has of him after that entry, with nothing about others; each has `seq`."""
        ...


@dataclass(frozen=True, slots=True)
class ExportAccount:
    """The account of an owner; whoever asks has made sure that it is his."""

    users: Users
    store: WholeAccount

    async def account(self, owner: UserId) -> User:
        """The account.

        Raises:
            NotFound: it is gone.
        """
        user = await self.users.find(owner)
        if user is None:
            raise NotFound("there is no such account")
        return user

    def api_keys(self, owner: UserId) -> AsyncGenerator[ApiKey, None]:
        """All of his API keys."""
        return each_of(lambda after: self.store.api_keys(owner, after))

    def sessions(self, owner: UserId) -> AsyncGenerator[Record, None]:
        """All of his sign-ins."""
        return each_of(lambda after: self.store.sessions(owner, after))

    def identities(self, owner: UserId) -> AsyncGenerator[Record, None]:
        """All of his identities elsewhere."""
        return each_of(lambda after: self.store.identities(owner, after))

    def activity(self, owner: UserId) -> AsyncGenerator[Record, None]:
        """All that he did, and that was done to his account."""
        return each_of(lambda after: self.store.activity(owner, after))
