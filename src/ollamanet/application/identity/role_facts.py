"""A role in the words of the audit trail: plain JSON values."""

from ollamanet.application.identity.account_facts import limit_facts
from ollamanet.domain.identity.roles import RoleDefinition


def facts_of(role: RoleDefinition) -> dict[str, object]:
    """All of a role as plain JSON values."""
    return {
        "description": role.description,
        "permissions": sorted(permission.value for permission in role.permissions),
        "limits": limit_facts(role.limits),
    }
