"""What a caller may be allowed to do; roles are sets of these."""

from enum import StrEnum
from typing import Final


class Permission(StrEnum):
    """One thing, by the name that API keys and roles use."""

    CHAT = "chat"
    """Ask models, and keep conversations."""
    MODELS_READ = "models:read"
    """See which models there are."""
    MODELS_WRITE = "models:write"
    """Install, change and delete models."""
    USERS_READ = "users:read"
    """See all accounts."""
    USERS_WRITE = "users:write"
    """Make, change and delete accounts."""
    ROLES_WRITE = "roles:write"
    """Make, change and delete roles."""
    SYSTEM_READ = "system:read"
    """See how the service does, everybody's requests in the queue, and limits."""
    SYSTEM_WRITE = "system:write"
    """Change replicas and limits."""
    AUDIT_READ = "audit:read"
    """Read the audit trail."""


ALL: Final = frozenset(Permission)
OF_USERS: Final = frozenset({Permission.CHAT, Permission.MODELS_READ})
