"""Roles that are kept in memory, with accounts that have them."""

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime

from ollamanet.application.identity.role_ports import Holders, RoleChange, RoleRemoval
from ollamanet.application.kernel.audit import AuditEntry
from ollamanet.domain.identity.roles import RoleBook, RoleDefinition
from ollamanet.domain.identity.text import folded
from ollamanet.domain.identity.user import User
from ollamanet.domain.kernel.ids import UserId


class MemoryRoles:
    """A `RoleStore` that forgets.

    Attributes:
        accounts: names and roles, by id.
        invitations: the roles of each open one.
        trail: what was written to the audit trail.
    """

    def __init__(self, *own: RoleDefinition) -> None:
        self.own = {role.key: role for role in own}
        self.accounts: dict[UserId, tuple[str, frozenset[str]]] = {}
        self.invitations: list[frozenset[str]] = []
        self.trail: list[AuditEntry] = []

    def join(self, *users: User) -> None:
        self.accounts |= {user.id: (str(user.username), user.roles) for user in users}

    async def book(self) -> RoleBook:
        return RoleBook(self.own.values())

    async def holders(self) -> Mapping[str, Holders]:
        accounts = Counter(key for _, roles in self.accounts.values() for key in set(map(folded, roles)))
        invitations = Counter(key for roles in self.invitations for key in set(map(folded, roles)))
        return {key: Holders(accounts[key], invitations[key]) for key in {*accounts, *invitations}}

    async def put(self, decide: Callable[[RoleBook], RoleChange], *, at: datetime) -> RoleDefinition:
        change = decide(await self.book())
        if change.audit:
            self.own[change.role.key] = change.role
            self.trail += change.audit
        return change.role

    async def remove(self, name: str, decide: Callable[[RoleBook, Holders], RoleRemoval], *, at: datetime) -> Holders:
        holders = (await self.holders()).get(folded(name), Holders())
        removal = decide(await self.book(), holders)
        del self.own[removal.role.key]
        self.trail += removal.audit
        if removal.instead is not None:
            self._reassign(removal, removal.instead.name)
        return holders

    def _reassign(self, removal: RoleRemoval, new: str) -> None:
        old = removal.role.key
        for user, (name, roles) in self.accounts.items():
            kept = frozenset(each for each in roles if folded(each) != old)
            if kept != roles:
                self.accounts[user] = name, kept | {new}
                self.trail.append(removal.reassigned(user, name, roles, kept | {new}))
        self.invitations = [
            frozenset(new if folded(each) == old else each for each in roles) for roles in self.invitations
        ]
