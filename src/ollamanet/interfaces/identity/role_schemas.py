"""Roles at the wire."""

from typing import Annotated, Any, Final, Self

import msgspec
from msgspec import UNSET, Meta, UnsetType

from ollamanet.application.identity.queries.list_roles import HeldRole
from ollamanet.domain.identity.role_rules import DESCRIPTION_LENGTH, NAME_LENGTH
from ollamanet.domain.kernel.caller_limits import NOTHING_SAID, CallerLimits
from ollamanet.domain.kernel.model_name import ModelName
from ollamanet.domain.kernel.permissions import Permission
from ollamanet.interfaces.kernel.paging import PageView

_LARGEST: Final = 1_000_000_000
Count = Annotated[int, Meta(ge=1, le=_LARGEST)]
Weight = Annotated[float, Meta(gt=0, le=1000)]
ModelText = Annotated[str, Meta(min_length=1, max_length=600)]
Models = Annotated[list[ModelText], Meta(max_length=1000, description="that may be asked; null for all")]
Permissions = Annotated[list[Permission], Meta(max_length=32)]
Description = Annotated[str, Meta(max_length=DESCRIPTION_LENGTH)]


class RoleLimitsBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """What a role says of its holders' limits; null says nothing, and the next word counts."""

    concurrency: Count | UnsetType | None = UNSET
    requests_per_minute: Count | UnsetType | None = UNSET
    tokens_per_minute: Count | UnsetType | None = UNSET
    tokens_per_day: Count | UnsetType | None = UNSET
    weight: Weight | UnsetType | None = UNSET
    models: Models | UnsetType | None = UNSET

    def said(self) -> dict[str, Any]:
        """What was sent, by the names of `CallerLimits`.

        Raises:
            InvalidRequest: a model cannot be called that.
        """
        sent = {name: value for name, value in msgspec.structs.asdict(self).items() if value is not UNSET}
        if (models := sent.get("models")) is not None:
            sent["models"] = frozenset(ModelName.parse(name).key for name in models)
        return sent


class CreateRoleBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """A new role."""

    name: Annotated[str, Meta(min_length=1, max_length=NAME_LENGTH, examples=["Night watch"])]
    permissions: Permissions
    description: Description = ""
    limits: RoleLimitsBody = msgspec.field(default_factory=RoleLimitsBody)

    def given_limits(self) -> CallerLimits:
        """What is said."""
        said = self.limits.said()
        return CallerLimits(**said) if said else NOTHING_SAID


class ChangeRoleBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """What is to change; of `limits` what is sent. A role keeps its name; of a built-in one only limits can change."""

    permissions: Permissions | UnsetType = UNSET
    description: Description | UnsetType = UNSET
    limits: RoleLimitsBody = msgspec.field(default_factory=RoleLimitsBody)


class RoleLimitsView(msgspec.Struct, kw_only=True):
    """What is said; null where nothing is."""

    concurrency: int | None
    requests_per_minute: int | None
    tokens_per_minute: int | None
    tokens_per_day: int | None
    weight: float | None
    models: list[str] | None

    @classmethod
    def of(cls, limits: CallerLimits) -> Self:
        """All of it."""
        return cls(
            concurrency=limits.concurrency,
            requests_per_minute=limits.requests_per_minute,
            tokens_per_minute=limits.tokens_per_minute,
            tokens_per_day=limits.tokens_per_day,
            weight=limits.weight,
            models=None if limits.models is None else sorted(limits.models),
        )


class RoleView(msgspec.Struct, kw_only=True):
    """A role, and how many accounts and open invitations have it."""

    name: str
    description: str
    permissions: list[str]
    limits: RoleLimitsView
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
            limits=RoleLimitsView.of(role.limits),
            built_in=role.built_in,
            accounts=held.holders.accounts,
            invitations=held.holders.invitations,
        )


class RolePage(PageView[RoleView]):
    """Roles: the built-in ones, then the others by name."""
