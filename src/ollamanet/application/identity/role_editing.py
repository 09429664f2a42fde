"""What all changes of roles have in common: who makes them, and what the audit trail says of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from ollamanet.application.kernel.actor import Actor
from ollamanet.application.kernel.audit import HERE, OPERATOR, Agent, AuditEntry, Origin
from ollamanet.domain.identity.role_rules import require_may_give, require_may_limit
from ollamanet.domain.identity.roles import RoleDefinition
from ollamanet.domain.kernel.caller_limits import CallerLimits
from ollamanet.domain.kernel.errors import Forbidden
from ollamanet.domain.kernel.permissions import ALL, Permission


@dataclass(frozen=True, slots=True)
class RoleEditor:
    """Who changes roles, and from where.

    Attributes:
        permissions: what he may do himself; he makes no role that allows more.
        models: those that he may ask; None for all.
    """

    agent: Agent
    permissions: frozenset[Permission]
    models: frozenset[str] | None
    origin: Origin

    @classmethod
    def of(cls, actor: Actor, origin: Origin) -> Self:
        """Him who asks."""
        return cls(Agent.of(actor), actor.permissions, actor.models, origin)

    @classmethod
    def operator(cls) -> Self:
        """Whoever can start our command on the database may do everything."""
        return cls(OPERATOR, ALL, None, HERE)

    def require(self) -> None:
        """Refuse whoever may not change roles.

        Raises:
            Forbidden: he may not.
        """
        if Permission.ROLES_WRITE not in self.permissions:
            raise Forbidden(f"this needs the permission {Permission.ROLES_WRITE}")

    def require_may_make(self, before: RoleDefinition | None, after: RoleDefinition) -> None:
        """Refuse a role that allows more than he may do, and one that did so before.

        Raises:
            Forbidden: names what he has not got.
        """
        require_may_give(self.permissions, after.permissions | (before.permissions if before else frozenset()))
        require_may_limit(self.permissions, self.models, before, after)

    def did(
        self,
        action: str,
        role: RoleDefinition,
        at: datetime,
        *,
        before: Mapping[str, object] | None = None,
        after: Mapping[str, object] | None = None,
    ) -> AuditEntry:
        """The entry of what he did to a role."""
        return AuditEntry(action, self.agent, self.origin, at, f"role:{role.key}", role.name, before or {}, after or {})


def facts_of(role: RoleDefinition) -> dict[str, object]:
    """All of a role as plain JSON values."""
    return {
        "description": role.description,
        "permissions": sorted(permission.value for permission in role.permissions),
        "limits": _said(role.limits),
    }


def _said(limits: CallerLimits) -> dict[str, object]:
    models: dict[str, object] = {} if limits.models is None else {"models": sorted(limits.models)}
    return {**limits.numbers(), **models}
