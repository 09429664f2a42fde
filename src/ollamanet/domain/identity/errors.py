"""Why somebody is not let in, or gets no account.

Refusal
├── AccountLocked            LOCKED           account_locked   too many wrong passwords; it ends by itself
├── TooManyAttempts          EXHAUSTED        rate_limited     too many from an address, or of a password
├── InvalidRequest
│   └── ResetTokenInvalid    INVALID          invalid_request  used, too old, or none of ours: never said which
├── Unauthenticated
│   ├── WrongCredentials     UNAUTHENTICATED  unauthenticated  no such account, or not its password: never said which
│   ├── TokenExpired         UNAUTHENTICATED  token_expired    it was good once: refresh, or sign in again
│   └── TokenReused          UNAUTHENTICATED  token_reused     a refresh token came back: its session is over
├── Forbidden
│   ├── RegistrationClosed   FORBIDDEN        forbidden        people do not make their own accounts here
│   ├── InvitationUnusable   FORBIDDEN        forbidden        unknown, used, revoked or expired: never said which
│   ├── SetUpRefused         FORBIDDEN        forbidden        a wrong set-up token, or there is an administrator
│   ├── AccountDisabled      FORBIDDEN        forbidden        told only to those who know the password
│   └── WrongPassword        FORBIDDEN        forbidden        told to somebody who is signed in
├── Conflict
│   ├── EmailTaken           CONFLICT         conflict
│   ├── UsernameTaken        CONFLICT         conflict
│   ├── RoleNameTaken        CONFLICT         conflict
│   └── LastAdmin            CONFLICT         conflict         an installation without one could not be mended
├── TooManyTries             EXHAUSTED        rate_limited     wrong set-up tokens
└── HashingBusy              UNAVAILABLE      queue_full       more passwords to hash than can be hashed in time
"""

from ollamanet.domain.kernel.errors import (
    Conflict,
    Forbidden,
    InvalidRequest,
    Kind,
    NoRoom,
    Refusal,
    TooOften,
    Unauthenticated,
)


class AccountLocked(Refusal):
    """Too many wrong passwords came for this login, whether anybody has it or not."""

    kind, code, title = Kind.LOCKED, "account_locked", "Too many failed sign-ins"

    def __init__(self, *, retry_after: float) -> None:
        super().__init__(
            "too many wrong passwords for this login; wait, or reset the password", retry_after=retry_after
        )


class TooManyAttempts(TooOften):
    """One address asked too often, or somebody who is signed in guessed his password too often."""

    title = "Too many attempts"


class ResetTokenInvalid(InvalidRequest):
    """The token of a mail cannot be used, or not any more."""

    def __init__(self) -> None:
        super().__init__("token: it was used, is too old, was replaced by a newer one, or is none of ours")


class WrongCredentials(Unauthenticated):
    """No account has this login and this password; says nothing about which of the two is wrong."""

    title = "Wrong login or password"

    def __init__(self, detail: str = "no account has this login and password") -> None:
        super().__init__(detail)


class TokenExpired(Unauthenticated):
    """The access token was good, and its time is over."""

    kind, code, title = Kind.UNAUTHENTICATED, "token_expired", "The access token has expired"


class TokenReused(Unauthenticated):
    """The refresh token was exchanged before; its session is over, as it may have been stolen."""

    kind, code, title = Kind.UNAUTHENTICATED, "token_reused", "The refresh token was used before"

    def __init__(self, detail: str = "this refresh token was used before; its session is over, sign in again") -> None:
        super().__init__(detail)


class RegistrationClosed(Forbidden):
    """People do not make their own accounts here."""

    title = "Registration is not open"


class InvitationUnusable(Forbidden):
    """There is no such invitation, or it cannot be used any more."""

    title = "The invitation cannot be used"

    def __init__(self, detail: str = "invitation: it is not known, was used or revoked, or has expired") -> None:
        super().__init__(detail)


class SetUpRefused(Forbidden):
    """The first administrator is not made this way, or not any more."""

    title = "Not the way to the first administrator"


class AccountDisabled(Forbidden):
    """The account exists and may not be used."""

    title = "The account is disabled"

    def __init__(self, detail: str = "this account is disabled; ask an administrator") -> None:
        super().__init__(detail)


class WrongPassword(Forbidden):
    """Somebody who is signed in did not show that he knows the password."""

    title = "Wrong password"

    def __init__(self, field: str) -> None:
        super().__init__(f"{field}: that is not the password of this account")


class EmailTaken(Conflict):
    """Another account has this address, in whatever case or Unicode form."""

    title = "The email address is taken"

    def __init__(self, detail: str = "email: another account has this address") -> None:
        super().__init__(detail)


class UsernameTaken(Conflict):
    """Another account has this user name, in whatever case or Unicode form."""

    title = "The user name is taken"

    def __init__(self, detail: str = "username: another account has this name") -> None:
        super().__init__(detail)


class LastAdmin(Conflict):
    """Without this account nobody could administer the installation."""

    title = "The last administrator has to stay"

    def __init__(self, detail: str = "this is the last administrator; make somebody else one first") -> None:
        super().__init__(detail)


class TooManyTries(TooOften):
    """So many wrong set-up tokens came that none is looked at for a while."""

    title = "Too many tries"


class HashingBusy(NoRoom):
    """More passwords wait to be hashed than can be in a few seconds."""

    title = "Too many sign-ins at once"


class RoleNameTaken(Conflict):
    """There is a role of this name, in whatever case or Unicode form."""

    title = "The name of the role is taken"

    def __init__(self, detail: str = "name: there is a role of this name") -> None:
        super().__init__(detail)
