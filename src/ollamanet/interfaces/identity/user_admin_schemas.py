"""Accounts at the wire, as administrators see and change them."""

from datetime import datetime
from typing import Annotated, Literal, Self

import msgspec
from msgspec import UNSET, Meta, UnsetType
from msgspec.structs import asdict

from ollamanet.application.identity.administration_ports import AccountOverview
from ollamanet.application.identity.commands.create_user import CreatedUser
from ollamanet.domain.identity.user import User
from ollamanet.domain.kernel.caller_limits import CallerLimits
from ollamanet.interfaces.identity.schemas import AccountView, EmailText, UsernameText
from ollamanet.interfaces.kernel.paging import PageView

Count = Annotated[int, Meta(ge=1, le=1_000_000_000)]
Weight = Annotated[float, Meta(gt=0, le=1000)]
ModelText = Annotated[str, Meta(min_length=1, max_length=600)]
Models = Annotated[list[ModelText], Meta(max_length=1000, description="those that may be asked; none at all if empty")]
RoleNames = Annotated[
    list[Annotated[str, Meta(min_length=1, max_length=64)]], Meta(min_length=1, max_length=50, examples=[["User"]])
]


class AccountLimitsBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """What is said about one account; null takes a limit away, what is left out stays as it is."""

    concurrency: Count | UnsetType | None = UNSET
    requests_per_minute: Count | UnsetType | None = UNSET
    tokens_per_minute: Count | UnsetType | None = UNSET
    tokens_per_day: Count | UnsetType | None = UNSET
    weight: Weight | UnsetType | None = UNSET
    models: Models | UnsetType | None = UNSET


class CreateUserBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """A new account; without a password one is made, and answered once."""

    email: EmailText
    username: UsernameText
    password: Annotated[str, Meta(min_length=12, max_length=1024)] | UnsetType = UNSET
    roles: RoleNames = msgspec.field(default_factory=lambda: ["User"])

    def __repr__(self) -> str:
        """Never the password, wherever this is printed."""
        return f"CreateUserBody(username={self.username!r})"


class ChangeUserBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """What is to be another; `roles` are all that the account is to have, `limits` null takes all of them away."""

    email: EmailText | UnsetType = UNSET
    username: UsernameText | UnsetType = UNSET
    roles: RoleNames | UnsetType = UNSET
    status: Literal["active", "locked"] | UnsetType = UNSET
    limits: AccountLimitsBody | UnsetType | None = UNSET


class LockUserBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Why; for the record."""

    reason: Annotated[str, Meta(min_length=1, max_length=500)]


class ResetUserBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """How the account gets its new password."""

    mail: Annotated[bool, Meta(description="mail its owner a token to set one, instead of showing one here")] = False


class AccountLimitsView(msgspec.Struct, kw_only=True):
    """What is said about the account itself; null where nothing is, and its roles' and the service's limits hold."""

    concurrency: int | None
    requests_per_minute: int | None
    tokens_per_minute: int | None
    tokens_per_day: int | None
    weight: float | None
    models: list[str] | None

    @classmethod
    def of(cls, limits: CallerLimits) -> Self:
        """The limits, models in order."""
        return cls(
            concurrency=limits.concurrency,
            requests_per_minute=limits.requests_per_minute,
            tokens_per_minute=limits.tokens_per_minute,
            tokens_per_day=limits.tokens_per_day,
            weight=limits.weight,
            models=None if limits.models is None else sorted(limits.models),
        )


class AdministeredView(AccountView, kw_only=True):
    """An account; one that was deleted can be restored for 30 days."""

    deleted_at: datetime | None
    limits: AccountLimitsView

    @classmethod
    def of(cls, user: User) -> Self:
        """All of the account but its password."""
        limits = AccountLimitsView.of(user.limits)
        return cls(**asdict(AccountView.of(user)), deleted_at=user.deleted_at, limits=limits)


class AdministeredPage(PageView[AdministeredView]):
    """One page of accounts."""


class OverviewView(AdministeredView, kw_only=True):
    """An account with what belongs to it; `locked_until` is there while failed sign-ins lock it."""

    password_changed_at: datetime | None
    email_verified_at: datetime | None
    sessions: int
    api_keys: int
    locked_until: datetime | None

    @classmethod
    def of_overview(cls, overview: AccountOverview) -> Self:
        """The account as it was looked at."""
        user = overview.user
        return cls(
            **asdict(AdministeredView.of(user)),
            password_changed_at=user.password_changed_at,
            email_verified_at=user.email_verified_at,
            sessions=overview.sessions,
            api_keys=overview.api_keys,
            locked_until=overview.locked_until,
        )


class CreatedUserView(AdministeredView, kw_only=True, omit_defaults=True):
    """A new account; `password` is there only if it was made here, and never again."""

    password: str | UnsetType = UNSET

    @classmethod
    def of_created(cls, created: CreatedUser) -> Self:
        """The account with what is told once."""
        made = created.password
        return cls(**asdict(AdministeredView.of(created.user)), password=UNSET if made is None else made.secret)


class NewPasswordView(msgspec.Struct, kw_only=True):
    """A password that was made here; it is shown only now, and not at all where a mail is asked for."""

    password: str | UnsetType = UNSET
    mailed: Annotated[bool, Meta(description="whether a token for a new one is on its way")] | UnsetType = UNSET
