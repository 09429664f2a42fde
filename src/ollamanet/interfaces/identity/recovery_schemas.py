"""Recovery and the own account at the wire."""

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from ollamanet.interfaces.identity.schemas import EmailText, UsernameText

NewPasswordText = Annotated[
    str, Meta(min_length=12, max_length=1024, description="any characters", examples=["a new and longer phrase"])
]
CurrentPasswordText = Annotated[str, Meta(min_length=1, max_length=1024, examples=["correct horse battery staple"])]


class ForgotPasswordBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Whose password is forgotten."""

    email: EmailText


class ResetPasswordBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The token of the mail, and the new password."""

    token: Annotated[str, Meta(min_length=1, max_length=256)]
    password: NewPasswordText

    def __repr__(self) -> str:
        """Never a secret, wherever this is printed."""
        return "ResetPasswordBody()"


class ChangePasswordBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The password as it is, and as it is to be."""

    current_password: CurrentPasswordText
    new_password: NewPasswordText

    def __repr__(self) -> str:
        """Never a secret, wherever this is printed."""
        return "ChangePasswordBody()"


class ProfileBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What is to be changed of the own account; a new address needs the password."""

    email: EmailText | UnsetType = UNSET
    username: UsernameText | UnsetType = UNSET
    current_password: CurrentPasswordText | UnsetType = UNSET

    def __repr__(self) -> str:
        """Never a secret, wherever this is printed."""
        return "ProfileBody()"


class AcceptedView(msgspec.Struct, kw_only=True):
    """The same for everybody."""

    detail: str
