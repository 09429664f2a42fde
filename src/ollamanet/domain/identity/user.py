"""An account, its roles, and who may make one."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Self

from ollamanet.domain.identity.errors import RegistrationClosed
from ollamanet.domain.identity.names import Email, Username
from ollamanet.domain.kernel.caller_limits import NOTHING_SAID, CallerLimits
from ollamanet.domain.kernel.errors import InvalidRequest
from ollamanet.domain.kernel.ids import UserId


class Role(StrEnum):
    """The roles that every installation has."""

    USER = "User"
    ADMIN = "Admin"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a role's name, in any case.

        Raises:
            InvalidRequest: there is no such role.
        """
        for role in cls:
            if role.value.casefold() == text.casefold():
                return role
        raise InvalidRequest(f"role: expected one of {', '.join(role.value for role in cls)}")


class RegistrationPolicy(StrEnum):
    """Who may make an account: everyone, those who were invited, or administrators only."""

    OPEN = "open"
    INVITE = "invite"
    CLOSED = "closed"

    def require_open(self) -> None:
        """Refuse people who come uninvited.

        Raises:
            RegistrationClosed: it is not open to everyone.
        """
        if self is RegistrationPolicy.INVITE:
            raise RegistrationClosed("registration is by invitation; ask an administrator for an account")
        self.require_invitations()

    def require_invitations(self) -> None:
        """Refuse invitations where only administrators make accounts; where everyone may register they work too.

        Raises:
            RegistrationClosed: they are neither made nor taken here.
        """
        if self is RegistrationPolicy.CLOSED:
            raise RegistrationClosed("registration is closed; ask an administrator for an account")


class UserStatus(StrEnum):
    """Whether an account may be used; what failed sign-ins lock for a while is not among these."""

    ACTIVE = "active"
    LOCKED = "locked"
    """An administrator locked it."""
    DELETED = "deleted"
    """It may be restored."""


@dataclass(frozen=True, slots=True)
class User:
    """An account, without its password.

    Attributes:
        roles: names of roles, at least one; those of `Role`, or an installation's own.
        created_at: aware, UTC.
        last_sign_in_at: the last sign-in by password, aware, UTC; None before the first.
        status: whether it may be used.
        deleted_at: when it was deleted; it is kept for 30 days and can be restored.
        password_changed_at: aware, UTC; None while it is the first one.
        email_verified_at: when it was shown that mail to the address reaches its owner; None where nobody knows.
        limits: what is said about this account; it goes before what its roles say.
    """

    id: UserId
    email: Email
    username: Username
    roles: frozenset[str]
    created_at: datetime
    last_sign_in_at: datetime | None = None
    status: UserStatus = UserStatus.ACTIVE
    deleted_at: datetime | None = None
    password_changed_at: datetime | None = None
    email_verified_at: datetime | None = None
    limits: CallerLimits = NOTHING_SAID

    @property
    def usable(self) -> bool:
        """Whether it may sign in, and be used."""
        return self.status is UserStatus.ACTIVE
