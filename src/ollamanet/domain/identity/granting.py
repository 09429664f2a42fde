"""Who may give what to whom: nobody hands out, or touches, more than he has himself."""

from collections.abc import Collection

from ollamanet.domain.identity.roles import RoleBook
from ollamanet.domain.kernel.caller_limits import NOTHING_SAID
from ollamanet.domain.kernel.errors import Forbidden, InvalidRequest
from ollamanet.domain.kernel.permissions import Permission


def known_roles(names: Collection[str], book: RoleBook, *, kept: Collection[str] = ()) -> frozenset[str]:
    """Roles as they are spelled in the book.

    Args:
        names: 1..n names in any case.
        kept: what the account has already; of these one may be gone from the book.

    Raises:
        InvalidRequest: there is no such role, or none was named.
    """
    if not names:
        raise InvalidRequest("roles: expected at least one role")
    found = set[str]()
    for name in names:
        role = book.get(name)
        if role is None and name not in kept:
            raise InvalidRequest(f"role: expected one of {', '.join(each.name for each in book)}")
        found.add(name if role is None else role.name)
    return frozenset(found)


def require_may_grant(held: frozenset[Permission], roles: Collection[str], book: RoleBook) -> None:
    """Refuse to give roles that allow more than the giver may do.

    Raises:
        Forbidden: names what is missing.
    """
    _require_all(held, _allowed(roles, book), "roles: you may not give what you have not got yourself")


def require_may_touch(held: frozenset[Permission], roles: Collection[str], book: RoleBook) -> None:
    """Refuse to change the account of somebody who may do more.

    Raises:
        Forbidden: names what is missing.
    """
    _require_all(held, _allowed(roles, book), "this account may do more than you")


def _allowed(roles: Collection[str], book: RoleBook) -> frozenset[Permission]:
    return book.standing(roles, NOTHING_SAID).permissions


def _require_all(held: frozenset[Permission], wanted: frozenset[Permission], text: str) -> None:
    if missing := wanted - held:
        raise Forbidden(f"{text}: {', '.join(sorted(missing))}")
