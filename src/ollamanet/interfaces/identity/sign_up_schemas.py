"""Invitations and the set-up of the first administrator at the wire."""

from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

import msgspec
from msgspec import Meta
from msgspec.structs import asdict

from ollamanet.application.identity.commands.create_invitation import Invited
from ollamanet.domain.identity.invitation import DAYS, USUAL_DAYS, Invitation, InvitationState
from ollamanet.interfaces.identity.schemas import EmailText, NewPasswordText, TokenText, UsernameText, WantsRefreshToken
from ollamanet.interfaces.kernel.paging import PageView

RoleName = Annotated[str, Meta(min_length=1, max_length=64)]


class InvitationBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Whom to invite; without an address whoever has the token may use it."""

    email: EmailText | None = None
    roles: Annotated[list[RoleName], Meta(min_length=1, max_length=20, examples=[["User"]])] = msgspec.field(
        default_factory=lambda: ["User"]
    )
    expires_in_days: Annotated[int, Meta(ge=DAYS[0], le=DAYS[1])] = USUAL_DAYS


class InvitationView(msgspec.Struct, kw_only=True):
    """An invitation. Times are UTC."""

    id: UUID
    state: Literal["open", "used", "revoked", "expired"]
    email: str | None
    roles: list[str]
    created_by: UUID | None
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None
    used_by: UUID | None
    revoked_at: datetime | None

    @classmethod
    def of(cls, invitation: Invitation, state: InvitationState) -> Self:
        """All but the token, which nobody knows any more."""
        return cls(
            id=invitation.id,
            state=state.value,
            email=None if invitation.email is None else str(invitation.email),
            roles=sorted(invitation.roles),
            created_by=invitation.created_by,
            created_at=invitation.created_at,
            expires_at=invitation.expires_at,
            used_at=invitation.used_at,
            used_by=invitation.used_by,
            revoked_at=invitation.revoked_at,
        )


class InvitedView(InvitationView, kw_only=True):
    """A new invitation, with the token for `invitation` of `POST /api/v1/auth/register`: shown once, here."""

    token: str
    mailed: Annotated[bool, Meta(description="whether it is on its way to the address")]

    @classmethod
    def of_new(cls, invited: Invited) -> Self:
        """The invitation and its token."""
        shown = InvitationView.of(invited.invitation, InvitationState.OPEN)
        return cls(**asdict(shown), token=invited.token, mailed=invited.mailed)


class InvitationPage(PageView[InvitationView]):
    """One page of the invitations."""


class SetUpBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The account of the first administrator, and the token that the service printed when it started."""

    token: TokenText
    email: EmailText
    username: UsernameText
    password: NewPasswordText
    refresh_token: WantsRefreshToken = False

    def __repr__(self) -> str:
        """Never the password or the token, wherever this is printed."""
        return f"SetUpBody(username={self.username!r})"
