"""Why somebody is not let in, or gets no account.

Refusal
├── Unauthenticated
│   ├── WrongCredentials     UNAUTHENTICATED  unauthenticated  no such account, or not its password: never said which
│   ├── TokenExpired         UNAUTHENTICATED  token_expired    it was good once: refresh, or sign in again
│   └── TokenReused          UNAUTHENTICATED  token_reused     a refresh token came back: its session is over
├── Forbidden
│   ├── RegistrationClosed   FORBIDDEN        forbidden        people do not make their own accounts here
│   └── AccountDisabled      FORBIDDEN        forbidden        told only to those who know the password
└── Conflict
    ├── EmailTaken           CONFLICT         conflict
    └── UsernameTaken        CONFLICT         conflict
"""

from ollamanet.domain.kernel.errors import Conflict, Forbidden, Kind, Unauthenticated


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


class AccountDisabled(Forbidden):
    """The account exists and may not be used."""

    title = "The account is disabled"

    def __init__(self, detail: str = "this account is disabled; ask an administrator") -> None:
        super().__init__(detail)


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
