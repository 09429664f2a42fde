"""Accounts as administrators see them, in the dictionary of `MemoryUsers`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from tests.fakes.identity.memory_users import MemoryUsers

from ollamanet.application.identity.administration_ports import AccountChange, AccountOverview, SortBy, UserSearch
from ollamanet.application.identity.ports import Credentials
from ollamanet.application.kernel.audit import AuditEntry
from ollamanet.application.kernel.page import Page, PageRequest
from ollamanet.domain.identity.errors import LastAdmin
from ollamanet.domain.identity.look_alikes import skeleton
from ollamanet.domain.identity.text import folded
from ollamanet.domain.identity.user import Role, User, UserStatus
from ollamanet.domain.kernel.errors import NotFound
from ollamanet.domain.kernel.ids import UserId

_NEVER = datetime(1900, 1, 1, tzinfo=UTC)
_END = datetime(9999, 1, 1, tzinfo=UTC)


@dataclass
class Belongings:
    """What hangs on an account: ends of sessions and keys, tokens that were mailed, failed sign-ins."""

    sessions: list[datetime]
    keys: list[datetime | None]
    resets: int = 0
    locked_until: datetime | None = None
    invited: bool = False


class MemoryAdministeredUsers:
    """One change at a time, as nothing here awaits."""

    def __init__(self, users: MemoryUsers) -> None:
        self.users = users
        self.belongings: dict[UserId, Belongings] = {}
        self.ended: list[tuple[UserId, str]] = []

    def of(self, user_id: UserId) -> Belongings:
        return self.belongings.setdefault(user_id, Belongings([], []))

    async def search(self, wanted: UserSearch, page: PageRequest) -> Page[User]:
        found = [each.user for each in self.users.stored.values() if _matches(each.user, wanted)]
        found.sort(key=lambda user: (_sort_key(user, wanted.sort), user.id), reverse=wanted.descending)
        return Page(found[page.offset : page.offset + page.page_size], page.page, page.page_size, len(found))

    async def overview(self, user_id: UserId, *, at: datetime) -> AccountOverview | None:
        user = await self.users.find(user_id)
        if user is None:
            return None
        theirs = self.of(user_id)
        until = theirs.locked_until
        return AccountOverview(
            user,
            sum(end > at for end in theirs.sessions),
            sum(end is None or end > at for end in theirs.keys),
            until if until and until > at else None,
        )

    async def change(self, user_id: UserId, decide: Callable[[User], AccountChange], *, at: datetime) -> User:
        before = await self.users.find(user_id)
        if before is None:
            raise NotFound("there is no such account")
        change = decide(before)
        if _administers(before) and not _administers(change.user) and self._admins() == {user_id}:
            raise LastAdmin
        kept = self.users.stored[user_id].password_hash
        self.users.keep(Credentials(change.user, change.password_hash or kept), change.audit, replacing=user_id)
        self._clear_away(before, change)
        return change.user

    def _clear_away(self, before: User, change: AccountChange) -> None:
        theirs = self.of(before.id)
        if change.signs_out is not None:
            theirs.sessions.clear()
            self.ended.append((before.id, change.signs_out))
        if change.signs_out is not None or change.user.email != before.email:
            theirs.resets = 0
        if change.forgives:
            theirs.locked_until = None
        if change.erases:
            self.belongings.pop(before.id)

    async def deleted_before(self, moment: datetime, *, limit: int) -> Sequence[User]:
        gone = [each.user for each in self.users.stored.values() if _gone(each.user, moment)]
        return sorted(gone, key=lambda user: (user.deleted_at, user.id))[:limit]

    async def erase(self, user_id: UserId, *, deleted_before: datetime, audit: Sequence[AuditEntry]) -> bool:
        user = await self.users.find(user_id)
        if user is None or not _gone(user, deleted_before):
            return False
        del self.users.stored[user_id]
        self.belongings.pop(user_id, None)
        self.users.trail += audit
        return True

    def _admins(self) -> set[UserId]:
        return {each.user.id for each in self.users.stored.values() if _administers(each.user)}


def _administers(user: User) -> bool:
    return user.usable and Role.ADMIN.value in user.roles


def _gone(user: User, moment: datetime) -> bool:
    return user.status is UserStatus.DELETED and user.deleted_at is not None and user.deleted_at <= moment


def _matches(user: User, wanted: UserSearch) -> bool:
    text, seen = wanted.text, user.last_sign_in_at or _NEVER
    return (
        (skeleton(text) in user.username.key or folded(text) in user.email.key)
        and wanted.status in (None, user.status)
        and (wanted.role is None or wanted.role in user.roles)
        and (wanted.created_from or _NEVER) <= user.created_at < (wanted.created_to or _END)
        and (wanted.signed_in_from or _NEVER) <= seen < (wanted.signed_in_to or _END)
    )


def _sort_key(user: User, by: SortBy) -> str | datetime:
    keys: dict[SortBy, str | datetime] = {
        SortBy.USERNAME: user.username.key,
        SortBy.EMAIL: user.email.key,
        SortBy.CREATED_AT: user.created_at,
        SortBy.LAST_SIGN_IN_AT: user.last_sign_in_at or _NEVER,
    }
    return keys[by]
