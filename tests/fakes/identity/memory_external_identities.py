"""Links to accounts of providers, beside a store of accounts that forgets too."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from tests.fakes.identity.memory_users import MemoryUsers

from ollamanet.application.kernel.audit import AuditEntry
from ollamanet.domain.identity.errors import AccountDisabled
from ollamanet.domain.identity.external_errors import IdentityTaken
from ollamanet.domain.identity.external_person import ExternalIdentity
from ollamanet.domain.identity.user import User
from ollamanet.domain.kernel.errors import NotFound
from ollamanet.domain.kernel.ids import UserId


class MemoryExternalIdentities:
    """`ExternalIdentities` in a dictionary; what they say goes to the trail of the accounts."""

    def __init__(self, users: MemoryUsers) -> None:
        self.users = users
        self.links: dict[tuple[str, str], UserId] = {}

    async def find(self, issuer: str, subject: str) -> User | None:
        found = self.links.get((issuer, subject))
        return None if found is None else await self.users.find(found)

    async def link(self, identity: ExternalIdentity, *, audit: Sequence[AuditEntry]) -> None:
        self._refuse_double(identity)
        self.links[identity.issuer, identity.subject] = identity.user_id
        self.users.trail += audit

    async def register(
        self, user: User, identity: ExternalIdentity, *, password_hash: str, audit: Sequence[AuditEntry]
    ) -> None:
        self._refuse_double(identity)
        await self.users.add(user, password_hash=password_hash, audit=audit)
        self.links[identity.issuer, identity.subject] = user.id

    def _refuse_double(self, identity: ExternalIdentity) -> None:
        if (identity.issuer, identity.subject) in self.links:
            raise IdentityTaken

    async def record_sign_in(
        self,
        issuer: str,
        subject: str,
        *,
        roles: Callable[[frozenset[str]], frozenset[str]],
        at: datetime,
        changed: Callable[[User, User], AuditEntry],
    ) -> User:
        before = await self.find(issuer, subject)
        if before is None:
            raise NotFound("there is no such account any more")
        if not before.usable:
            raise AccountDisabled
        admins = {
            user.id for each in self.users.stored.values() if "Admin" in (user := each.user).roles and user.usable
        }
        kept = {"Admin"} if admins == {before.id} else set()
        after = replace(before, roles=roles(before.roles) | kept, last_sign_in_at=at)
        await self.users.update(after, audit=[changed(before, after)] if after.roles != before.roles else [])
        return after
