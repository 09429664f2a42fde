"""Who may give what to whom: nobody hands out, or touches, more than he has himself."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from ollamanet.domain.identity.roles import RoleBook, RoleDefinition
from ollamanet.domain.identity.user import User
from ollamanet.domain.kernel.caller_limits import NOTHING_SAID, CallerLimits
from ollamanet.domain.kernel.errors import Forbidden, InvalidRequest
from ollamanet.domain.kernel.permissions import ALL, Permission

_YOURSELF: Final = "you may not give what you have not got yourself"


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
            raise InvalidRequest(f"roles: expected some of {', '.join(each.name for each in book)}")
        found.add(name if role is None else role.name)
    return frozenset(found)


@dataclass(frozen=True, slots=True)
class Means:
    """What somebody has himself; who may change the system says what he likes of limits and models.

    Attributes:
        permissions: what he may do.
        models: keys of the models (`ModelName.key`) that he may ask; None for all.
    """

    permissions: frozenset[Permission]
    models: frozenset[str] | None = None

    def require(self, permission: Permission) -> None:
        """Refuse everyone who was not given it.

        Raises:
            Forbidden: he was not.
        """
        if permission not in self.permissions:
            raise Forbidden(f"this needs the permission {permission}")

    def require_may_grant(self, roles: Collection[str], book: RoleBook, own: CallerLimits = NOTHING_SAID) -> None:
        """Refuse to make an account, with limits of its own, one of these roles, if it may then do or ask more.

        Raises:
            Forbidden: names what is missing.
        """
        given = book.standing(roles, own)
        self._require_all(given.permissions, f"roles: {_YOURSELF}")
        self._require_may_open(given.limits.models)

    def require_may_touch(self, roles: Collection[str], book: RoleBook) -> None:
        """Refuse to change the account of somebody who may do more.

        Raises:
            Forbidden: names what is missing.
        """
        self._require_all(book.standing(roles, NOTHING_SAID).permissions, "this account may do more than you")

    def require_may_change(self, before: User, after: User, book: RoleBook) -> None:
        """Refuse a change of an account's roles and limits that gives more, or numbers that are not his to set.

        Raises:
            Forbidden: he may not.
        """
        if after.limits.numbers() != before.limits.numbers():
            self._require_may_limit()
        if (after.roles, after.limits.models) != (before.roles, before.limits.models):
            self.require_may_grant(after.roles, book, after.limits)

    def require_may_make(self, before: RoleDefinition | None, after: RoleDefinition) -> None:
        """Refuse a role that allows more than he has, one that did so before, and limits that are not his to set.

        Args:
            before: the role as it is; None for a new one.
            after: as it shall be.

        Raises:
            Forbidden: he may not.
        """
        held = frozenset[Permission]() if before is None else before.permissions
        self._require_all(after.permissions | held, f"permissions: {_YOURSELF}")
        if after.limits != (CallerLimits(models=after.limits.models) if before is None else before.limits):
            self._require_may_limit()
        if before is None or after.key != before.key or not after.permissions <= before.permissions:
            self._require_may_open(after.limits.models)

    def _require_all(self, wanted: frozenset[Permission], text: str) -> None:
        if missing := wanted - self.permissions:
            raise Forbidden(f"{text}: {', '.join(sorted(missing))}")

    def _require_may_limit(self) -> None:
        if Permission.SYSTEM_WRITE not in self.permissions:
            raise Forbidden(f"limits: this needs the permission {Permission.SYSTEM_WRITE}")

    def _require_may_open(self, wanted: frozenset[str] | None) -> None:
        if Permission.SYSTEM_WRITE in self.permissions or self.models is None:
            return
        if wanted is None or wanted - self.models:
            raise Forbidden("limits.models: you may not open models that you may not ask yourself; name some of yours")


EVERYTHING: Final = Means(ALL)
"""Those of whoever can start our command on the database."""
