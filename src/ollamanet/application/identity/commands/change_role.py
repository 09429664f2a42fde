"""Change what a role allows, or says of limits."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ollamanet.application.identity.administration import Administrator
from ollamanet.application.identity.role_facts import facts_of
from ollamanet.application.identity.role_ports import RoleChange, RoleStore
from ollamanet.application.kernel.clock import Clock
from ollamanet.domain.identity.role_rules import role_description
from ollamanet.domain.identity.roles import RoleBook, RoleDefinition
from ollamanet.domain.kernel.errors import Conflict
from ollamanet.domain.kernel.permissions import Permission


@dataclass(frozen=True, slots=True)
class ChangeRole:
    """What is to be another; None, and limits that are not named, stay as they are.

    Attributes:
        name: of the role, in any spelling; a role keeps its name.
        limits: by the names of `CallerLimits`; None as a value unsays one.
    """

    by: Administrator
    name: str
    description: str | None = None
    permissions: frozenset[Permission] | None = None
    limits: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ChangeRoleHandler:
    """Holds for its holders within seconds, on every instance."""

    roles: RoleStore
    clock: Clock

    async def __call__(self, command: ChangeRole) -> RoleDefinition:
        """The role as it is now.

        Raises:
            Forbidden: the caller may not change roles, or not this one, or not to this.
            InvalidRequest: the description is not what its rule says.
            NotFound: there is no such role.
            Conflict: of a built-in role something else than its limits is to change.
        """
        by, now = command.by, self.clock.now()
        by.means.require(Permission.ROLES_WRITE)

        def changed(book: RoleBook) -> RoleChange:
            before = book.require(command.name)
            after = _changed(command, before)
            by.means.require_may_make(before, after)
            was, is_now = facts_of(before), facts_of(after)
            names = [name for name in is_now if is_now[name] != was[name]]
            if not names:
                return RoleChange(before)
            entry = by.did(
                "role.changed", after, now,
                before={name: was[name] for name in names}, after={name: is_now[name] for name in names},
            )  # fmt: skip
            return RoleChange(after, [entry])

        return await self.roles.put(changed, at=now)


def _changed(command: ChangeRole, before: RoleDefinition) -> RoleDefinition:
    permissions = before.permissions if command.permissions is None else command.permissions
    description = before.description if command.description is None else role_description(command.description)
    if before.built_in and (permissions, description) != (before.permissions, before.description):
        raise Conflict(f"the role {before.name} is built in: only its limits can be changed")
    limits = replace(before.limits, **command.limits)
    return replace(before, description=description, permissions=permissions, limits=limits)
