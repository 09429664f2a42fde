"""Make a role."""

from dataclasses import dataclass

from ollamanet.application.identity.administration import Administrator
from ollamanet.application.identity.role_facts import facts_of
from ollamanet.application.identity.role_ports import RoleChange, RoleStore
from ollamanet.application.kernel.clock import Clock
from ollamanet.domain.identity.errors import RoleNameTaken
from ollamanet.domain.identity.role_rules import role_description, role_name
from ollamanet.domain.identity.roles import RoleBook, RoleDefinition
from ollamanet.domain.kernel.caller_limits import NOTHING_SAID, CallerLimits
from ollamanet.domain.kernel.permissions import Permission


@dataclass(frozen=True, slots=True)
class CreateRole:
    """A new role."""

    by: Administrator
    name: str
    permissions: frozenset[Permission]
    description: str = ""
    limits: CallerLimits = NOTHING_SAID


@dataclass(frozen=True, slots=True)
class CreateRoleHandler:
    """Stores it."""

    roles: RoleStore
    clock: Clock

    async def __call__(self, command: CreateRole) -> RoleDefinition:
        """The role, which can be given from now on.

        Raises:
            Forbidden: the caller may not make roles, or none that may do this.
            InvalidRequest: name or description is not what its rule says.
            RoleNameTaken: there is one of this name.
        """
        by, now = command.by, self.clock.now()
        by.means.require(Permission.ROLES_WRITE)
        name = role_name(command.name)
        role = RoleDefinition(name, command.permissions, command.limits, role_description(command.description))
        by.means.require_may_make(None, role)

        def made(book: RoleBook) -> RoleChange:
            if book.get(name) is not None:
                raise RoleNameTaken
            return RoleChange(role, [by.did("role.created", role, now, after=facts_of(role))])

        return await self.roles.put(made, at=now)
