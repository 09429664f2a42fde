"""What the administration of accounts needs from the outside."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from ollamanet.application.kernel.audit import AuditEntry
from ollamanet.application.kernel.page import Page, PageRequest
from ollamanet.domain.identity.password import Password
from ollamanet.domain.identity.user import User, UserStatus
from ollamanet.domain.kernel.ids import UserId


class SortBy(StrEnum):
    """What a list of accounts is sorted by; equal ones by their ids."""

    USERNAME = "username"
    EMAIL = "email"
    CREATED_AT = "created_at"
    LAST_SIGN_IN_AT = "last_sign_in_at"
    """Who never signed in comes before everybody else."""


@dataclass(frozen=True, slots=True)
class UserSearch:
    """Which accounts are wanted; each condition that is given has to hold.

    Attributes:
        text: a part of the user name or of the address, in any case and Unicode form; "" for all.
        role: a role as it is spelled in the book.
        created_from, created_to: from the one (inclusive) to the other (exclusive); aware.
        signed_in_from, signed_in_to: the same for the last sign-in; who never signed in did so before all times.
    """

    text: str = ""
    status: UserStatus | None = None
    role: str | None = None
    created_from: datetime | None = None
    created_to: datetime | None = None
    signed_in_from: datetime | None = None
    signed_in_to: datetime | None = None
    sort: SortBy = SortBy.CREATED_AT
    descending: bool = False


@dataclass(frozen=True, slots=True)
class AccountOverview:
    """An account with what belongs to it.

    Attributes:
        sessions: sign-ins that are good now.
        api_keys: keys that are good now.
        locked_until: failed sign-ins lock it until then; None where they do not.
    """

    user: User
    sessions: int
    api_keys: int
    locked_until: datetime | None


@dataclass(frozen=True, slots=True)
class AccountChange:
    """What to make of an account.

    Attributes:
        user: all of it but its times of sign-in, of the password and of the address, which are not an administrator's.
        audit: entries that stand or fall with it.
        password_hash: a new one, or None.
        signs_out: why its sessions end (at most 32 characters), or None; mailed tokens for a new password end too.
        forgives: whether failed sign-ins are forgotten.
        erases: whether everything by which its owner is known goes: sessions, keys, invitations, identities elsewhere.
    """

    user: User
    audit: Sequence[AuditEntry] = ()
    password_hash: str | None = field(default=None, repr=False)
    signs_out: str | None = None
    forgives: bool = False
    erases: bool = False


class AdministeredUsers(Protocol):
    """Where accounts are kept, as administrators see them."""

    async def search(self, wanted: UserSearch, page: PageRequest) -> Page[User]:
        """Accounts in the order that is asked for."""
        ...

    async def overview(self, user_id: UserId, *, at: datetime) -> AccountOverview | None:
        """One account with what belongs to it at that time; None when there is none."""
        ...

    async def change(self, user_id: UserId, decide: Callable[[User], AccountChange], *, at: datetime) -> User:
        """Let `decide` see the account and carry out what it says, in one transaction; one at a time on all instances.

        Args:
            decide: pure; it may be called again, and what it raises leaves everything as it was.

        Returns:
            The account as it is now.

        Raises:
            NotFound: there is no such account.
            LastAdmin: afterwards no account that may be used would have the role `Admin`, and now one has.
            EmailTaken, UsernameTaken: another account has the name.
        """
        ...

    async def deleted_before(self, moment: datetime, *, limit: int) -> Sequence[User]:
        """Accounts (at most `limit`) that were deleted by then, the first deleted first."""
        ...

    async def erase(self, user_id: UserId, *, deleted_before: datetime, audit: Sequence[AuditEntry]) -> bool:
        """Remove an account and all that hangs on it; False, and nothing is done, unless it was deleted by then."""
        ...


class PersonalData(Protocol):
    """What a module keeps of a person."""

    async def purge(self, user_id: UserId) -> None:
        """Remove it, or what tells whose it is; again is harmless, and finishes what was begun."""
        ...


class PasswordSource(Protocol):
    """Where passwords come from that nobody chose."""

    def new(self) -> Password:
        """A random one of 128 bits or more, easy to copy."""
        ...
