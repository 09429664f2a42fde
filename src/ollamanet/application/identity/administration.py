"""What all changes to somebody else's account have in common."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from ollamanet.application.identity.administration_ports import AccountChange, AdministeredUsers, CallerCache
from ollamanet.application.identity.ports import Roles
from ollamanet.application.kernel.actor import Actor
from ollamanet.application.kernel.audit import OPERATOR, Agent, AuditEntry, Origin
from ollamanet.application.kernel.clock import Clock
from ollamanet.domain.identity.granting import require_may_touch
from ollamanet.domain.identity.roles import RoleBook
from ollamanet.domain.identity.user import User
from ollamanet.domain.kernel.errors import Forbidden
from ollamanet.domain.kernel.ids import UserId
from ollamanet.domain.kernel.permissions import ALL, Permission


@dataclass(frozen=True, slots=True)
class Administrator:
    """Who administers accounts, and from where.

    Attributes:
        permissions: all that he may do; he hands out no more.
    """

    agent: Agent
    permissions: frozenset[Permission]
    origin: Origin

    @classmethod
    def of(cls, actor: Actor, origin: Origin) -> Self:
        """Him who asks."""
        return cls(Agent.of(actor), actor.permissions, origin)

    @classmethod
    def operator(cls, origin: Origin) -> Self:
        """Whoever can start our command on the database may do everything."""
        return cls(OPERATOR, ALL, origin)

    def require(self, permission: Permission) -> None:
        """Refuse everyone who was not given it.

        Raises:
            Forbidden: he was not.
        """
        if permission not in self.permissions:
            raise Forbidden(f"this needs the permission {permission}")

    def require_own_hand(self, user_id: UserId) -> None:
        """Refuse an API key that reaches for its owner's account: whoever found it would have that for good.

        Raises:
            Forbidden: it is one, and does.
        """
        if self.agent.key is not None and self.agent.user_id == user_id:
            raise Forbidden("an API key cannot change its owner's account; sign in for that")

    def did(
        self,
        action: str,
        user: User,
        at: datetime,
        before: Mapping[str, object] | None = None,
        after: Mapping[str, object] | None = None,
    ) -> AuditEntry:
        """The entry of what he did to an account."""
        target, name = f"user:{user.id}", user.username.text
        return AuditEntry(action, self.agent, self.origin, at, target, name, before or {}, after or {})


Decision = Callable[[User, RoleBook, datetime], AccountChange]
"""What becomes of an account, given as it is now, with all roles, and the time."""


@dataclass(frozen=True, slots=True)
class Administration:
    """Carries out decisions about accounts, and has running tokens of theirs looked at anew."""

    users: AdministeredUsers
    roles: Roles
    cache: CallerCache
    clock: Clock

    async def change(self, by: Administrator, user_id: UserId, decide: Decision) -> User:
        """Decide on the account as it is in the transaction that changes it.

        Raises:
            Forbidden: the caller may not change accounts, or not this one, because it may do more than he, or because
                he came with an API key of it.
            NotFound: there is no such account.
            LastAdmin: nobody could administer afterwards.
            EmailTaken, UsernameTaken: the new name is another account's.
        """
        by.require(Permission.USERS_WRITE)
        by.require_own_hand(user_id)
        book, now = await self.roles.book(), self.clock.now()

        def permitted(user: User) -> AccountChange:
            require_may_touch(by.permissions, user.roles, book)
            return decide(user, book, now)

        changed = await self.users.change(user_id, permitted, at=now)
        self.cache.forget(user_id)
        return changed
