"""Nobody gives more than he has."""

from collections.abc import Collection
from dataclasses import dataclass

from ollamanet.application.identity.ports import Roles
from ollamanet.application.kernel.actor import Actor
from ollamanet.domain.kernel.caller_limits import NOTHING_SAID
from ollamanet.domain.kernel.errors import Forbidden, InvalidRequest


@dataclass(frozen=True, slots=True)
class GrantsWithin:
    """A `RoleGrants` by permissions: what the roles allow together must be allowed to the actor himself."""

    roles: Roles

    async def require_may_grant(self, actor: Actor | None, roles: Collection[str]) -> frozenset[str]:
        """The roles' own spellings, if the actor may give them.

        Raises:
            InvalidRequest: there is no such role, or none was named.
            Forbidden: they allow what the actor may not do himself.
        """
        book = await self.roles.book()
        found = {name: book.get(name) for name in roles}
        unknown = sorted(name for name, role in found.items() if role is None)
        if unknown or not found:
            raise InvalidRequest(f"roles: expected some of {', '.join(role.name for role in book)}")
        beyond = book.standing(roles, NOTHING_SAID).permissions - (actor.permissions if actor else frozenset())
        if actor is not None and beyond:
            raise Forbidden(f"you cannot give what you may not do: {', '.join(sorted(beyond))}")
        return frozenset(role.name for role in found.values() if role is not None)
