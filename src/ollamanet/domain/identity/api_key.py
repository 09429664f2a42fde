"""An API key: a part of what its owner may do, for a program of his."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NewType, Self
from uuid import UUID

from ollamanet.domain.identity.roles import Standing
from ollamanet.domain.identity.text import checked_text, compatible
from ollamanet.domain.kernel.caller_limits import NOTHING_SAID, CallerLimits
from ollamanet.domain.kernel.errors import InvalidRequest
from ollamanet.domain.kernel.ids import UserId
from ollamanet.domain.kernel.permissions import Permission

ApiKeyId = NewType("ApiKeyId", UUID)

NAME_LENGTH: Final = 64
LIVE_AT_MOST: Final = 50
"""Keys of one user that are neither revoked nor expired."""
LONGEST_LIFE: Final = timedelta(days=3653)


@dataclass(frozen=True, slots=True)
class KeyName:
    """What its owner calls a key, in NFKC.

    Attributes:
        text: 1 to 64 characters, all of them visible, or spaces within.
    """

    text: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a name.

        Raises:
            InvalidRequest: it is empty, too long, or has characters that cannot be seen.
        """
        if len(text) <= NAME_LENGTH:
            name = compatible(checked_text("name", text)).strip()
            if 0 < len(name) <= NAME_LENGTH and name.isprintable():
                return cls(name)
        raise InvalidRequest(f"name: expected 1 to {NAME_LENGTH} characters that can be seen")

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key, without its text, which nobody has but its owner.

    Attributes:
        prefix: the first 12 characters of its text.
        scopes: what it was given of its owner's permissions.
        limits: its own, on top of its owner's; `models` are the only ones that it may ask, None for all of his.
        created_at: aware, UTC.
        expires_at: from when on it is worth nothing; None for never.
        last_used_at: within a minute; None before the first use.
        revoked_at: None while it was not.
    """

    id: ApiKeyId
    owner: UserId
    name: KeyName
    prefix: str
    scopes: frozenset[Permission]
    created_at: datetime
    limits: CallerLimits = NOTHING_SAID
    expires_at: datetime | None = None
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None

    def expired(self, now: datetime) -> bool:
        """Whether its time is over."""
        return self.expires_at is not None and self.expires_at <= now

    def live(self, now: datetime) -> bool:
        """Whether it still opens anything."""
        return self.revoked_at is None and not self.expired(now)

    def within(self, owner: Standing) -> Standing:
        """What it may do today: never more than it was given, nor more than its owner may do."""
        models, mine = owner.limits.models, self.limits.models
        allowed = mine if models is None else models if mine is None else models & mine
        limits = CallerLimits(models=allowed).over(owner.limits)
        return Standing(owner.permissions & self.scopes, limits)


def checked_expiry(expires_at: datetime | None, *, now: datetime) -> datetime | None:
    """The end of a key's life, when it may be one.

    Raises:
        InvalidRequest: it is over already, or more than ten years away.
    """
    if expires_at is not None and not now < expires_at <= now + LONGEST_LIFE:
        raise InvalidRequest("expires_at: expected a time in the future, at most ten years from now")
    return expires_at
