"""An account in the words of the audit trail: plain JSON values, no secrets."""

from collections.abc import Mapping
from dataclasses import fields

from ollamanet.domain.identity.user import User
from ollamanet.domain.kernel.caller_limits import CallerLimits


def facts_of(user: User) -> dict[str, object]:
    """All that an administrator can change of it."""
    return {
        "email": user.email.text,
        "username": user.username.text,
        "roles": sorted(user.roles),
        "status": user.status.value,
        "limits": limit_facts(user.limits),
    }


def limit_facts(limits: CallerLimits) -> dict[str, object]:
    """What is said, by name."""
    said = {each.name: getattr(limits, each.name) for each in fields(limits)}
    if limits.models is not None:
        said["models"] = sorted(limits.models)
    return {name: value for name, value in said.items() if value is not None}


def difference(before: User, after: User) -> tuple[Mapping[str, object], Mapping[str, object]]:
    """What is another than it was: before, and now."""
    old, new = facts_of(before), facts_of(after)
    names = [name for name in old if old[name] != new[name]]
    return {name: old[name] for name in names}, {name: new[name] for name in names}
