"""What a role may be called, and who may make of it what."""

from typing import Final

from ollamanet.domain.identity.roles import RoleDefinition
from ollamanet.domain.identity.text import checked_text, compatible, folded
from ollamanet.domain.kernel.caller_limits import CallerLimits
from ollamanet.domain.kernel.errors import Forbidden, InvalidRequest
from ollamanet.domain.kernel.permissions import Permission

NAME_LENGTH: Final = 64
DESCRIPTION_LENGTH: Final = 500
_PUNCTUATION: Final = frozenset(" ._-")


def role_name(text: str) -> str:
    """Read the name of a new role.

    Raises:
        InvalidRequest: it is empty, longer than 64 characters, or has others than letters, digits, spaces and `._-`.
    """
    if len(text) <= NAME_LENGTH:
        name = compatible(checked_text("name", text))
        plain = name == name.strip() and all(each.isalnum() or each in _PUNCTUATION for each in name)
        if name and plain and max(map(_units, (name, folded(name)))) <= NAME_LENGTH:
            return name
    raise InvalidRequest(f"name: expected 1 to {NAME_LENGTH} letters, digits, spaces, '.', '_' or '-'")


def role_description(text: str) -> str:
    """Read what a role is for.

    Raises:
        InvalidRequest: it is longer than 500 characters, or cannot be stored everywhere.
    """
    if _units(checked_text("description", text)) > DESCRIPTION_LENGTH:
        raise InvalidRequest(f"description: expected at most {DESCRIPTION_LENGTH} characters")
    return text


def _units(text: str) -> int:
    # As SQL Server counts: a character beyond the first 65,536 is two.
    return len(text.encode("utf-16-le")) // 2


def require_may_give(held: frozenset[Permission], given: frozenset[Permission]) -> None:
    """Refuse whoever would hand out, or touch, more than he has himself.

    Raises:
        Forbidden: names what he has not got.
    """
    if missing := given - held:
        raise Forbidden(f"permissions: you have not got these yourself: {', '.join(sorted(missing))}")


def require_may_limit(
    held: frozenset[Permission], models: frozenset[str] | None, before: RoleDefinition | None, after: RoleDefinition
) -> None:
    """Refuse whoever would set limits and may not, or open models that are not for himself.

    Args:
        held: his permissions; with `system:write` he may set every limit.
        models: that he may ask; None for all.
        before: the role as it is; None for a new one.
        after: as it shall be.

    Raises:
        Forbidden: he may not.
    """
    if Permission.SYSTEM_WRITE in held:
        return
    if after.limits != (CallerLimits(models=after.limits.models) if before is None else before.limits):
        raise Forbidden(f"limits: this needs the permission {Permission.SYSTEM_WRITE}")
    wanted = after.limits.models
    if before is None and models is not None and (wanted is None or wanted - models):
        raise Forbidden("limits.models: you may not open models that you may not ask yourself; name some of yours")
