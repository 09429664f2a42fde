"""Take a role away."""

from collections.abc import Collection
from dataclasses import dataclass

from ollamanet.application.identity.administration import Administrator
from ollamanet.application.identity.role_facts import facts_of
from ollamanet.application.identity.role_ports import Holders, RoleRemoval, RoleStore
from ollamanet.application.kernel.audit import AuditEntry
from ollamanet.application.kernel.clock import Clock
from ollamanet.domain.identity.roles import RoleBook, RoleDefinition
from ollamanet.domain.kernel.errors import Conflict, InvalidRequest
from ollamanet.domain.kernel.ids import UserId
from ollamanet.domain.kernel.permissions import Permission


@dataclass(frozen=True, slots=True)
class DeleteRole:
    """Which role, and which one its holders get instead; None where it has none."""

    by: Administrator
    name: str
    instead: str | None = None


@dataclass(frozen=True, slots=True)
class DeleteRoleHandler:
    """Takes it from the accounts and open invitations that have it, in the same moment."""

    roles: RoleStore
    clock: Clock

    async def __call__(self, command: DeleteRole) -> Holders:
        """Who had it.

        Raises:
            Forbidden: the caller may not change roles, or not this one, or may not give the other one.
            NotFound: there is no such role.
            InvalidRequest: there is no such other role, or it is the same.
            Conflict: it is built in, or somebody has it and nothing was named instead.
        """
        by, now = command.by, self.clock.now()
        by.means.require(Permission.ROLES_WRITE)

        def gone(book: RoleBook, holders: Holders) -> RoleRemoval:
            role = book.require(command.name)
            if role.built_in:
                raise Conflict(f"the role {role.name} is built in and stays")
            instead = _instead(command, book, role)
            by.means.require_may_make(role, instead or role)
            if instead is None and holders != Holders():
                raise Conflict(f"{_told(holders)} the role {role.name}; say which role takes its place (reassign)")
            after: dict[str, object] = {} if instead is None else {"reassigned_to": instead.name}
            entry = by.did("role.deleted", role, now, before=facts_of(role), after=after)
            return RoleRemoval(role, instead, [entry], given)

        def given(user: UserId, name: str, before: Collection[str], after: Collection[str]) -> AuditEntry:
            was, is_now = {"roles": sorted(before)}, {"roles": sorted(after)}
            return AuditEntry("user.changed", by.agent, by.origin, now, f"user:{user}", name, was, is_now)

        return await self.roles.remove(command.name, gone, at=now)


def _instead(command: DeleteRole, book: RoleBook, role: RoleDefinition) -> RoleDefinition | None:
    if command.instead is None:
        return None
    other = book.get(command.instead)
    if other is None or other.key == role.key:
        raise InvalidRequest("reassign: expected the name of another role")
    return other


def _told(holders: Holders) -> str:
    told = {"account": holders.accounts, "open invitation": holders.invitations}
    counted = " and ".join(f"{count} {what}{'s' if count != 1 else ''}" for what, count in told.items() if count)
    return f"{counted} {'has' if sum(told.values()) == 1 else 'have'}"
