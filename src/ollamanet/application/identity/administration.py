"""What all changes to somebody else's account, or to roles, have in common."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from ollamanet.application.identity.administration_ports import AccountChange, AdministeredUsers
from ollamanet.application.identity.ports import CallerCache, Roles
from ollamanet.application.kernel.actor import Actor
from ollamanet.application.kernel.audit import HERE, OPERATOR, Agent, AuditEntry, Origin
from ollamanet.application.kernel.clock import Clock
from ollamanet.domain.identity.granting import EVERYTHING, Means
from ollamanet.domain.identity.roles import RoleBook, RoleDefinition
from ollamanet.domain.identity.user import User
from ollamanet.domain.kernel.errors import Forbidden, NotFound
from ollamanet.domain.kernel.ids import UserId
from ollamanet.domain.kernel.permissions import Permission


@dataclass(frozen=True, slots=True)
class Administrator:
    """Who administers accounts or roles, and from where.

    Attributes:
        means: all that he has; he hands out no more.
    """

    agent: Agent
    means: Means
    origin: Origin

    @classmethod
    def of(cls, actor: Actor, origin: Origin) -> Self:
        """Him who asks."""
        return cls(Agent.of(actor), means_of(actor), origin)

    @classmethod
    def operator(cls) -> Self:
        """Whoever can start our command on the database may do everything."""
        return cls(OPERATOR, EVERYTHING, HERE)

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
        what: User | RoleDefinition,
        at: datetime,
        before: Mapping[str, object] | None = None,
        after: Mapping[str, object] | None = None,
    ) -> AuditEntry:
        """The entry of what he did to an account or to a role."""
        if isinstance(what, User):
            target, name = f"user:{what.id}", what.username.text
        else:
            target, name = f"role:{what.key}", what.name
        return AuditEntry(action, self.agent, self.origin, at, target, name, before or {}, after or {})


def means_of(actor: Actor | None) -> Means:
    """What somebody has himself; None is whoever runs the command line."""
    return EVERYTHING if actor is None else Means(actor.permissions, actor.models)


Decision = Callable[[User, RoleBook, datetime], AccountChange]
"""What becomes of an account, given as it is now, with all roles, and the time."""


@dataclass(frozen=True, slots=True)
class Administration:
    """Carries out decisions about accounts, and has running tokens of theirs looked at anew."""

    users: AdministeredUsers
    roles: Roles
    cache: CallerCache
    clock: Clock

    async def find(self, by: Administrator, user_id: UserId) -> User:
        """The account as it was a moment ago: what costs something is not done for those who may not change it.

        Raises:
            Forbidden: the caller may not change accounts, or not this one, because it may do more than he.
            NotFound: there is no such account.
        """
        by.means.require(Permission.USERS_WRITE)
        found = await self.users.overview(user_id, at=self.clock.now())
        if found is None:
            raise NotFound("there is no such account")
        by.means.require_may_touch(found.user.roles, await self.roles.book())
        return found.user

    async def change(self, by: Administrator, user_id: UserId, decide: Decision) -> User:
        """Decide on the account as it is in the transaction that changes it.

        Raises:
            Forbidden: the caller may not change accounts, or not this one, because it may do more than he, or because
                he came with an API key of it.
            NotFound: there is no such account.
            LastAdmin: nobody could administer afterwards.
            EmailTaken, UsernameTaken: the new name is another account's.
        """
        by.means.require(Permission.USERS_WRITE)
        by.require_own_hand(user_id)
        book, now = await self.roles.book(), self.clock.now()

        def permitted(user: User) -> AccountChange:
            by.means.require_may_touch(user.roles, book)
            return decide(user, book, now)

        changed = await self.users.change(user_id, permitted, at=now)
        self.cache.forget(user_id)
        return changed
