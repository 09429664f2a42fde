"""Invitations, and the first administrator, in memory; the accounts are those of a store in memory too."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from tests.fakes.identity.memory_users import MemoryUsers

from ollamanet.application.kernel.audit import AuditEntry
from ollamanet.application.kernel.page import Page, PageRequest
from ollamanet.domain.identity.errors import InvitationUnusable, SetUpRefused
from ollamanet.domain.identity.invitation import Invitation, InvitationId, InvitationState
from ollamanet.domain.identity.user import Role, User


class MemoryInvitations:
    """Keeps invitations by the digests of their tokens; what goes into the trail goes into that of the accounts."""

    def __init__(self, users: MemoryUsers) -> None:
        self.users = users
        self.stored: dict[str, Invitation] = {}

    async def add(self, invitation: Invitation, *, token_hash: str, audit: Sequence[AuditEntry] = ()) -> None:
        self.stored[token_hash] = invitation
        self.users.trail += audit

    async def find(self, token_hash: str) -> Invitation | None:
        return self.stored.get(token_hash)

    async def get(self, invitation_id: InvitationId) -> Invitation | None:
        return next((each for each in self.stored.values() if each.id == invitation_id), None)

    async def list_invitations(self, page: PageRequest) -> Page[Invitation]:
        found = sorted(self.stored.values(), key=lambda each: (each.created_at, each.id), reverse=True)
        return Page(found[page.offset : page.offset + page.page_size], page.page, page.page_size, len(found))

    async def revoke(self, invitation_id: InvitationId, *, at: datetime, audit: Sequence[AuditEntry] = ()) -> bool:
        for digest, each in self.stored.items():
            if each.id == invitation_id and each.used_at is None and each.revoked_at is None:
                self.stored[digest] = replace(each, revoked_at=at)
                self.users.trail += audit
                return True
        return False

    async def accept(
        self, token_hash: str, user: User, *, password_hash: str, audit: Sequence[AuditEntry] = ()
    ) -> None:
        found = self.stored.get(token_hash)
        if found is None or found.state(user.created_at) is not InvitationState.OPEN:
            raise InvitationUnusable
        await self.users.add(user, password_hash=password_hash, audit=audit)
        self.stored[token_hash] = replace(found, used_at=user.created_at, used_by=user.id)


class MemoryFirstAdmins:
    """Looks for administrators among accounts in memory."""

    def __init__(self, users: MemoryUsers) -> None:
        self.users = users

    async def exists(self) -> bool:
        return any(each.user.usable and Role.ADMIN.value in each.user.roles for each in self.users.stored.values())

    async def add(self, user: User, *, password_hash: str, audit: Sequence[AuditEntry]) -> None:
        if await self.exists():
            raise SetUpRefused("there is an administrator already; sign in, or ask him")
        await self.users.add(user, password_hash=password_hash, audit=audit)


class ListedPasswords:
    """A short list of common passwords."""

    def __init__(self, *listed: str) -> None:
        self._listed = frozenset(listed)

    async def listed(self) -> Collection[str]:
        return self._listed
