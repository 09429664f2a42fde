"""Roles at the wire."""

from typing import Annotated, Self

import msgspec
from msgspec import UNSET, Meta, UnsetType

from ollamanet.application.identity.queries.list_roles import HeldRole
from ollamanet.domain.identity.role_rules import DESCRIPTION_LENGTH, NAME_LENGTH
from ollamanet.domain.kernel.caller_limits import NOTHING_SAID, CallerLimits
from ollamanet.domain.kernel.permissions import Permission
from ollamanet.interfaces.identity.said_limits_schemas import SaidLimitsBody, SaidLimitsView
from ollamanet.interfaces.kernel.paging import PageView

Permissions = Annotated[list[Permission], Meta(max_length=32)]
Description = Annotated[str, Meta(max_length=DESCRIPTION_LENGTH)]


class CreateRoleBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """A new role."""

    name: Annotated[str, Meta(min_length=1, max_length=NAME_LENGTH, examples=["Night watch"])]
    permissions: Permissions
    description: Description = ""
    limits: SaidLimitsBody = msgspec.field(default_factory=SaidLimitsBody)

    def given_limits(self) -> CallerLimits:
        """What is said."""
        said = self.limits.said()
        return CallerLimits(**said) if said else NOTHING_SAID


class ChangeRoleBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """What is to change; of `limits` what is sent. A role keeps its name; of a built-in one only limits can change."""

    permissions: Permissions | UnsetType = UNSET
    description: Description | UnsetType = UNSET
    limits: SaidLimitsBody = msgspec.field(default_factory=SaidLimitsBody)


class RoleView(msgspec.Struct, kw_only=True):
    """A role, and how many accounts and open invitations have it."""

    name: str
    description: str
    permissions: list[str]
    limits: SaidLimitsView
    built_in: bool
    accounts: int
    invitations: int

    @classmethod
    def of(cls, held: HeldRole) -> Self:
        """All of it."""
        role = held.role
        return cls(
            name=role.name,
            description=role.description,
            permissions=sorted(role.permissions),
            limits=SaidLimitsView.of(role.limits),
            built_in=role.built_in,
            accounts=held.holders.accounts,
            invitations=held.holders.invitations,
        )


class RolePage(PageView[RoleView]):
    """Roles: the built-in ones, then the others by name."""
