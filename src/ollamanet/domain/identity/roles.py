"""Roles: named sets of permissions with limits, and what somebody with some of them may do."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from ollamanet.domain.identity.text import folded
from ollamanet.domain.kernel.caller_limits import NOTHING_SAID, CallerLimits
from ollamanet.domain.kernel.errors import NotFound
from ollamanet.domain.kernel.permissions import ALL, OF_USERS, Permission


@dataclass(frozen=True, slots=True)
class RoleDefinition:
    """A role.

    Attributes:
        name: as it is shown; `key` is what is unique.
        permissions: what it allows.
        limits: what it says of limits; of several roles the most generous counts, number by number.
        built_in: every installation has it, and its permissions cannot be changed.
    """

    name: str
    permissions: frozenset[Permission]
    limits: CallerLimits = NOTHING_SAID
    description: str = ""
    built_in: bool = False

    @property
    def key(self) -> str:
        """The form in which two spellings of the name are equal."""
        return folded(self.name)


USER: Final = RoleDefinition("User", OF_USERS, description="asks models", built_in=True)
ADMIN: Final = RoleDefinition("Admin", ALL, description="may do everything", built_in=True)
BUILT_IN: Final = (USER, ADMIN)


@dataclass(frozen=True, slots=True)
class Standing:
    """What an account may do."""

    permissions: frozenset[Permission]
    limits: CallerLimits


class RoleBook:
    """All roles of an installation at one moment."""

    def __init__(self, own: Iterable[RoleDefinition] = ()) -> None:
        """Take the built-in ones, and those of the installation.

        What the installation has under the name of a built-in one gives that its limits, and nothing else.
        """
        roles = {role.key: role for role in BUILT_IN}
        for role in own:
            there = roles.get(role.key)
            roles[role.key] = replace(there, limits=role.limits) if there is not None and there.built_in else role
        self._roles: Final = roles

    def __iter__(self) -> Iterator[RoleDefinition]:
        """All of them, the built-in ones first."""
        return iter(self._roles.values())

    def get(self, name: str) -> RoleDefinition | None:
        """A role by its name in any spelling."""
        return self._roles.get(folded(name))

    def require(self, name: str) -> RoleDefinition:
        """The same.

        Raises:
            NotFound: there is no such role.
        """
        found = self.get(name)
        if found is None:
            raise NotFound("there is no such role")
        return found

    def standing(self, roles: Collection[str], own: CallerLimits) -> Standing:
        """What somebody with these roles, and with limits of his own, may do; roles that are gone give nothing."""
        found = [role for name in roles if (role := self.get(name)) is not None]
        permissions = frozenset[Permission]().union(*(role.permissions for role in found))
        return Standing(permissions, own.over(most_generous([role.limits for role in found])))


def most_generous(limits: Collection[CallerLimits]) -> CallerLimits:
    """Number by number the largest that is said; of models all that are allowed by one, unless one says nothing."""
    if not limits:
        return NOTHING_SAID
    models = [each.models for each in limits]
    allowed = None if None in models else frozenset[str]().union(*(each or frozenset() for each in models))
    return CallerLimits(
        max((each.concurrency for each in limits if each.concurrency is not None), default=None),
        max((each.requests_per_minute for each in limits if each.requests_per_minute is not None), default=None),
        max((each.tokens_per_minute for each in limits if each.tokens_per_minute is not None), default=None),
        max((each.tokens_per_day for each in limits if each.tokens_per_day is not None), default=None),
        max((each.weight for each in limits if each.weight is not None), default=None),
        allowed,
    )
