"""Accounts and sign-in at the wire."""

from datetime import datetime
from typing import Annotated, Final, Literal, Self
from uuid import UUID

import msgspec
from msgspec import Meta
from msgspec.structs import asdict

from ollamanet.application.identity.accounts import SignedIn
from ollamanet.domain.identity.user import User

_SCHEME: Final = "Bearer"

EmailText = Annotated[
    str, Meta(min_length=3, max_length=254, description="unique without regard to case", examples=["ada@example.org"])
]
UsernameText = Annotated[
    str,
    Meta(
        min_length=3,
        max_length=64,
        description="letters of one script, digits, `.`, `_` and `-`; unique without regard to case and look-alikes",
        examples=["ada"],
    ),
]


NewPasswordText = Annotated[
    str,
    Meta(
        min_length=12,
        max_length=1024,
        description="any characters; common passwords, rows of the keyboard and your own names are refused",
        examples=["correct horse battery staple"],
    ),
]
TokenText = Annotated[str, Meta(min_length=1, max_length=200)]
WantsRefreshToken = Annotated[
    bool, Meta(description="have the refresh token in the answer too, and not in the cookie only; for programs")
]


class RegisterBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A new account; its role is `User`, or those of the invitation."""

    email: EmailText
    username: UsernameText
    password: NewPasswordText
    invitation: Annotated[TokenText | None, Meta(description="the token of an invitation")] = None
    refresh_token: WantsRefreshToken = False

    def __repr__(self) -> str:
        """Never the password, wherever this is printed."""
        return f"RegisterBody(username={self.username!r})"


class SignInBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Who one is, and the proof."""

    login: Annotated[
        str, Meta(min_length=1, max_length=254, description="email address or user name", examples=["ada"])
    ]
    password: Annotated[str, Meta(min_length=1, max_length=1024, examples=["correct horse battery staple"])]
    refresh_token: WantsRefreshToken = False

    def __repr__(self) -> str:
        """Never the password, wherever this is printed."""
        return f"SignInBody(login={self.login!r})"


class UserView(msgspec.Struct, kw_only=True):
    """An account, as its owner sees it."""

    id: UUID
    email: str
    username: str
    roles: Annotated[list[str], Meta(examples=[["User"]])]

    @classmethod
    def of(cls, user: User) -> Self:
        """The account without what is the administrators' business."""
        return cls(id=user.id, email=str(user.email), username=str(user.username), roles=sorted(user.roles))


class ProfileView(UserView, kw_only=True):
    """One's own account. Times are UTC."""

    created_at: datetime
    last_sign_in_at: datetime | None

    @classmethod
    def of(cls, user: User) -> Self:
        """All of the account that its owner may know."""
        seen = asdict(UserView.of(user))
        return cls(**seen, created_at=user.created_at, last_sign_in_at=user.last_sign_in_at)


class AccountView(ProfileView, kw_only=True):
    """An account, as administrators see it."""

    status: Literal["active", "locked", "deleted"]

    @classmethod
    def of(cls, user: User) -> Self:
        """All of the account but its password."""
        return cls(**asdict(ProfileView.of(user)), status=user.status.value)


class SignedInView(msgspec.Struct, omit_defaults=True, kw_only=True):
    """An access token, to be sent as `Authorization: Bearer`; `expires_in` is in seconds."""

    access_token: str
    token_type: Literal["Bearer"]
    expires_in: Annotated[int, Meta(examples=[900])]
    user: UserView
    refresh_token: Annotated[
        str | None, Meta(description="exchanged once at `POST /api/v1/auth/refresh`; only where it was asked for")
    ] = None

    def __repr__(self) -> str:
        """Never a token, wherever this is printed."""
        return f"SignedInView(user={self.user!r})"

    @classmethod
    def of(cls, signed_in: SignedIn, *, with_refresh_token: bool) -> Self:
        """What registering, signing in and refreshing answer."""
        token = signed_in.token
        return cls(
            access_token=token.text,
            token_type=_SCHEME,
            expires_in=token.expires_in,
            user=UserView.of(signed_in.user),
            refresh_token=signed_in.refresh.text if with_refresh_token else None,
        )
