"""A sign-in on one device, and what becomes of a refresh token that is shown."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Final, Self

from ollamanet.domain.kernel.ids import SessionId, UserId

DOUBLE_REFRESH: Final = timedelta(seconds=5)
"""Two tabs that refresh at once, or an answer that was lost on its way, are no theft for so long."""


@dataclass(frozen=True, slots=True)
class Session:
    """A sign-in; all refresh tokens that came of it are its family. Times are aware, UTC.

    Attributes:
        created_at: when somebody signed in.
        last_used_at: when it was last seen; up to a minute behind.
        expires_at: when it ends by itself; every refresh moves it.
        address: of the client at the sign-in or the last refresh.
        device: what the client said it was at the sign-in.
        revoked_at: when it was ended; None while it goes on.
    """

    id: SessionId
    user_id: UserId
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    address: str = ""
    device: str = ""
    revoked_at: datetime | None = None

    def live(self, now: datetime) -> bool:
        """Whether it may still be used."""
        return self.revoked_at is None and now < self.expires_at

    def refreshed(self, now: datetime, lifetime: timedelta, address: str) -> Self:
        """The session after one of its tokens was exchanged."""
        return replace(self, last_used_at=now, expires_at=now + lifetime, address=address)


class TokenFate(Enum):
    """What becomes of a refresh token that is shown."""

    EXCHANGED = auto()
    """It is good, and was exchanged for its successor."""
    ENDED = auto()
    """Its session, its account or its time is over."""
    REUSED = auto()
    """It was exchanged before: it is in two hands, and nobody knows which is the thief's."""


@dataclass(frozen=True, slots=True)
class ShownToken:
    """A refresh token as it is stored.

    Attributes:
        issued_at: aware, UTC.
        used_at: when it was first exchanged; None while it is unused.
    """

    issued_at: datetime
    used_at: datetime | None = None

    def fate(self, session: Session, *, usable: bool, lifetime: timedelta, now: datetime) -> TokenFate:
        """What becomes of it; `usable` says whether the account may be used, `lifetime` how long a token is good."""
        if not usable or not session.live(now) or now >= self.issued_at + lifetime:
            return TokenFate.ENDED
        if self.used_at is not None and now >= self.used_at + DOUBLE_REFRESH:
            return TokenFate.REUSED
        return TokenFate.EXCHANGED
