"""What sessions need from the outside."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from ollamanet.application.kernel.audit import AuditEntry
from ollamanet.application.kernel.page import Page, PageRequest
from ollamanet.domain.identity.session import Session, TokenFate
from ollamanet.domain.identity.user import User
from ollamanet.domain.kernel.ids import SessionId, UserId


@dataclass(frozen=True, slots=True)
class SessionOwner:
    """A session with its account, as both are stored at one moment."""

    session: Session
    user: User


@dataclass(frozen=True, slots=True)
class Exchange:
    """A refresh token that is shown, and what it is to be exchanged for.

    Attributes:
        digest: of the token that is shown.
        successor: digest of the new one.
        lifetime: of a refresh token.
        address: where it is shown.
    """

    digest: str
    successor: str
    at: datetime
    lifetime: timedelta
    address: str


@dataclass(frozen=True, slots=True)
class Exchanged:
    """What became of it; `owner` is as after the exchange."""

    owner: SessionOwner
    fate: TokenFate


class Sessions(Protocol):
    """Where sessions are kept; each call is one short transaction, durable when it returns."""

    async def open(self, session: Session, *, of: User, digest: str, audit: Sequence[AuditEntry] = ()) -> None:
        """Store a new session with its first refresh token; what is long over may be cleaned away meanwhile.

        Args:
            of: the account as it was when its owner showed that it is his: nobody gets in with what was good before a
                change that ended all sessions.

        Raises:
            WrongCredentials: its password is another one by now, or it is gone.
            AccountDisabled: it may not be used any more.
        """
        ...

    async def exchange(self, exchange: Exchange) -> Exchanged | None:
        """Exchange a refresh token for its successor, if `ShownToken.fate` has it so; None for an unknown token.

        Two that come at once are looked at one after the other, on whatever instance they come.
        """
        ...

    async def find(self, session_id: SessionId) -> SessionOwner | None:
        """The session and its account, in one read, ended ones included; None when there is none."""
        ...

    async def find_by_token(self, digest: str) -> SessionOwner | None:
        """The session that a refresh token is of, whether it was used or not."""
        ...

    async def list_live(self, user_id: UserId, page: PageRequest, *, at: datetime) -> Page[Session]:
        """The account's sessions that go on, the last used first."""
        ...

    async def revoke(
        self, session_id: SessionId, *, of: UserId, at: datetime, because: str, audit: Sequence[AuditEntry] = ()
    ) -> bool:
        """End a session of this account.

        Returns:
            Whether there was one that went on; if not, nothing is changed and nothing recorded.
        """
        ...

    async def revoke_all(
        self,
        user_id: UserId,
        *,
        at: datetime,
        because: str,
        except_session: SessionId | None = None,
        audit: Sequence[AuditEntry] = (),
    ) -> int:
        """End all sessions of an account but one; the entries are recorded in any case.

        Returns:
            How many went on before.
        """
        ...

    def note_use(self, session_id: SessionId, *, at: datetime) -> None:
        """Remember soon when it was used; nobody waits for that, and one that is lost is no harm."""
        ...
