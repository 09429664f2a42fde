"""Accounts at the wire, as administrators see and change them."""

from datetime import datetime
from typing import Annotated, Literal, Self

import msgspec
from msgspec import UNSET, Meta, UnsetType
from msgspec.structs import asdict

from ollamanet.application.identity.administration_ports import AccountOverview
from ollamanet.application.identity.commands.create_user import CreatedUser
from ollamanet.domain.identity.user import User
from ollamanet.interfaces.identity.said_limits_schemas import SaidLimitsBody, SaidLimitsView
from ollamanet.interfaces.identity.schemas import AccountView, EmailText, UsernameText
from ollamanet.interfaces.kernel.paging import PageView

RoleNames = Annotated[
    list[Annotated[str, Meta(min_length=1, max_length=64)]], Meta(min_length=1, max_length=50, examples=[["User"]])
]


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
    limits: SaidLimitsBody | UnsetType | None = UNSET


class LockUserBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Why; for the record."""

    reason: Annotated[str, Meta(min_length=1, max_length=500)]


class ResetUserBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """How the account gets its new password."""

    mail: Annotated[bool, Meta(description="mail its owner a token to set one, instead of showing one here")] = False


class AdministeredView(AccountView, kw_only=True):
    """An account; one that was deleted can be restored for 30 days."""

    deleted_at: datetime | None
    limits: SaidLimitsView

    @classmethod
    def of(cls, user: User) -> Self:
        """All of the account but its password."""
        limits = SaidLimitsView.of(user.limits)
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
