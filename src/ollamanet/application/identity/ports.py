"""What the identity module needs from the outside."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from ollamanet.application.kernel.actor import Actor
from ollamanet.application.kernel.audit import AuditEntry
from ollamanet.domain.identity.names import Login
from ollamanet.domain.identity.password import Password
from ollamanet.domain.identity.roles import RoleBook
from ollamanet.domain.identity.user import User
from ollamanet.domain.kernel.ids import SessionId, UserId


@dataclass(frozen=True, slots=True)
class Credentials:
    """An account with what proves that it is one's own.

    Attributes:
        password_hash: as `PasswordHasher.hash` made it; it leaves neither the store nor this module.
    """

    user: User
    password_hash: str = field(repr=False)


class Users(Protocol):
    """Where accounts are kept; each call is one short transaction, durable when it returns."""

    async def add(self, user: User, *, password_hash: str, audit: Sequence[AuditEntry] = ()) -> None:
        """Store a new account; of two that come at once with the same name, one is refused.

        Raises:
            EmailTaken: an account has the address, in whatever case or Unicode form.
            UsernameTaken: the same for the user name.
        """
        ...

    async def find(self, user_id: UserId) -> User | None:
        """The account, locked and deleted ones included; None when there is none."""
        ...

    async def find_credentials(self, login: Login) -> Credentials | None:
        """The account that signs in by this address or user name; None when there is none."""
        ...

    async def set_password(
        self,
        user_id: UserId,
        *,
        password_hash: str,
        at: datetime | None,
        audit: Sequence[AuditEntry] = (),
        replacing: str | None = None,
    ) -> None:
        """Replace the hash.

        Args:
            at: when the password changed; None for a new hash of the same one.
            replacing: nothing happens unless this is the stored hash; only for a new hash of the same password.
        """
        ...

    async def record_sign_in(self, user_id: UserId, *, at: datetime) -> None:
        """Remember the time of a sign-in; an account that is gone by now is no error."""
        ...


class PasswordHasher(Protocol):
    """Slow, salted, memory-hard hashing, never on the event loop."""

    async def hash(self, password: Password) -> str:
        """A hash with its salt and parameters, at most 255 ASCII characters; another one each time."""
        ...

    async def verify(self, password: Password, against: str | None) -> bool:
        """Whether the password is the hashed one.

        Args:
            against: what `hash` made; None stands for nobody, takes as long and is always False.

        Raises:
            HashingBusy: too many wait already, here and in `hash`.
        """
        ...

    def outdated(self, password_hash: str) -> bool:
        """Whether the hash was made with other parameters than those of today."""
        ...


@dataclass(frozen=True, slots=True)
class AccessToken:
    """What a program shows with each request.

    Attributes:
        text: opaque to its holder.
        expires_in: seconds (> 0) that it is good for.
    """

    text: str = field(repr=False)
    expires_in: int


@dataclass(frozen=True, slots=True)
class Identified:
    """Somebody whose token was looked at just now.

    Attributes:
        actor: who it is, what he may do, and his limits, as they are stored at this moment.
        expires_in: seconds (> 0) that the token itself is still good for.
    """

    actor: Actor
    expires_in: float


class CallerSource(Protocol):
    """Tells who a token of one kind stands for: an access token, or an API key."""

    async def identify(self, token: str) -> Identified:
        """Look at the token, and at what is stored of its session or key, account and roles.

        Raises:
            TokenExpired: it was good, and its time is over.
            Unauthenticated: it is none of ours, was revoked, or its account may not be used.
            StorageUnavailable: nobody knows at the moment.
        """
        ...


class Roles(Protocol):
    """Where roles are kept."""

    async def book(self) -> RoleBook:
        """All of them, at most 5 s old."""
        ...


@dataclass(frozen=True, slots=True)
class AccessClaims:
    """What an access token says that was signed by us and is good now.

    Attributes:
        expires_in: seconds (> 0) that it is still good for.
    """

    user_id: UserId
    session: SessionId
    expires_in: float


class AccessTokens(Protocol):
    """Where access tokens come from, and what they say."""

    def issue(self, user: User, session: SessionId) -> AccessToken:
        """A new token for the account, good while the session is."""
        ...

    def read(self, token: str) -> AccessClaims:
        """What a token says; whether its session and account still stand is not looked at.

        Raises:
            TokenExpired: it was good, and its time is over.
            Unauthenticated: it is not a token of ours, or not good yet.
        """
        ...


class CallerCache(Protocol):
    """What this process remembers of callers for 5 s; whoever changes what they may do has it forgotten at once."""

    def forget(self, user_id: UserId) -> None:
        """Look at the account anew when it asks again, by whatever token or key."""
        ...

    def forget_everyone(self) -> None:
        """The same for all accounts; for changes of roles."""
        ...
