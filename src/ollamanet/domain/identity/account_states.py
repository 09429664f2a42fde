"""What an account may become: locked, deleted, restored, and in the end without a name."""

from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from ollamanet.domain.identity.errors import AccountDisabled, WrongCredentials
from ollamanet.domain.identity.names import Email, Username
from ollamanet.domain.identity.user import Role, User, UserStatus
from ollamanet.domain.kernel.caller_limits import NOTHING_SAID
from ollamanet.domain.kernel.errors import Conflict

RESTORABLE_FOR: Final = timedelta(days=30)
ERASED_AFTER: Final = RESTORABLE_FOR + timedelta(hours=1)
"""Later than it can be restored, as instances' clocks differ, and chats that run at the time of a purge have to end."""


def require_there(user: User) -> None:
    """Refuse to change what is deleted.

    Raises:
        Conflict: the account is deleted.
    """
    if user.status is UserStatus.DELETED:
        raise Conflict("this account is deleted; restore it first")


def require_as_verified(now: User | None, verified: User) -> None:
    """Refuse who showed that an account was his, and had it changed under him before he was let in.

    Args:
        now: the account as it is; None where it is gone.
        verified: as it was when he showed that.

    Raises:
        WrongCredentials: its password is another one, or it is gone.
        AccountDisabled: it may not be used.
    """
    if now is None or now.password_changed_at != verified.password_changed_at:
        raise WrongCredentials
    if not now.usable:
        raise AccountDisabled


def with_status(user: User, status: UserStatus) -> User:
    """The account, locked or active.

    Raises:
        Conflict: the account is deleted.
    """
    require_there(user)
    return replace(user, status=status)


def deleted(user: User, now: datetime) -> User:
    """The account, deleted; one that is so already is deleted since then."""
    if user.status is UserStatus.DELETED:
        return user
    return replace(user, status=UserStatus.DELETED, deleted_at=now)


def restored(user: User, now: datetime) -> User:
    """The account, to be used again, even if it was locked before it was deleted.

    Raises:
        Conflict: it is not deleted, or was so too long ago.
    """
    if user.status is not UserStatus.DELETED or user.deleted_at is None:
        raise Conflict("this account is not deleted")
    if now >= user.deleted_at + RESTORABLE_FOR:
        raise Conflict("this account was purged, or deleted more than 30 days ago: it cannot be restored")
    return replace(user, status=UserStatus.ACTIVE, deleted_at=None)


def nameless(user: User, now: datetime, token: str) -> User:
    """What is left of a purged account until it is erased: its id, and when it was made.

    Args:
        token: 1 to 32 letters and digits that nobody could know before, so that nobody has taken the name.
    """
    since = min(user.deleted_at or now, now - RESTORABLE_FOR)
    return User(
        id=user.id,
        email=Email(f"purged-{token}@purged.invalid"),
        username=Username(f"purged-{token}"),
        roles=frozenset({Role.USER.value}),
        created_at=user.created_at,
        status=UserStatus.DELETED,
        deleted_at=since,
        limits=NOTHING_SAID,
    )


def is_nameless(user: User) -> bool:
    """Whether it was purged."""
    return user.status is UserStatus.DELETED and user.email.key.endswith("@purged.invalid")


def version_of(user: User) -> str:
    """16 hexadecimal digits that are others after each change that an administrator can make."""
    limits = user.limits
    models = None if limits.models is None else sorted(limits.models)
    said = (user.email.text, user.username.text, sorted(user.roles), user.status.value, user.deleted_at)
    numbers = (limits.concurrency, limits.requests_per_minute, limits.tokens_per_minute, limits.tokens_per_day)
    return sha256(repr((said, numbers, limits.weight, models)).encode()).hexdigest()[:16]
