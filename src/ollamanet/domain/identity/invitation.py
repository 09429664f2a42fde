"""An invitation to make an account: for one address or for whoever has its token, once, until it expires."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, NewType
from uuid import UUID

from ollamanet.domain.identity.errors import InvitationUnusable
from ollamanet.domain.identity.names import Email
from ollamanet.domain.kernel.errors import InvalidRequest
from ollamanet.domain.kernel.ids import UserId

InvitationId = NewType("InvitationId", UUID)

DAYS: Final = (1, 365)
USUAL_DAYS: Final = 7


class InvitationState(StrEnum):
    """Whether an invitation can be used, and if not, why."""

    OPEN = "open"
    USED = "used"
    REVOKED = "revoked"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Invitation:
    """An invitation, without its token.

    Attributes:
        email: the only address that may register with it; None for any.
        roles: names of roles, one at least, that the account gets.
        created_by: who invited; None for the command line.
        created_at, expires_at, used_at, revoked_at: aware, UTC.
        used_by: the account that was made with it.
    """

    id: InvitationId
    email: Email | None
    roles: frozenset[str]
    created_by: UserId | None
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None = None
    used_by: UserId | None = None
    revoked_at: datetime | None = None

    def state(self, now: datetime) -> InvitationState:
        """How it is at a moment; what was used stays used."""
        if self.used_at is not None:
            return InvitationState.USED
        if self.revoked_at is not None:
            return InvitationState.REVOKED
        return InvitationState.OPEN if now < self.expires_at else InvitationState.EXPIRED

    def require_usable(self, email: Email, now: datetime) -> None:
        """Refuse it when its time is over, or when it is somebody else's.

        Raises:
            InvitationUnusable: it was used or revoked, or has expired.
            InvalidRequest: it is bound to another address.
        """
        if self.state(now) is not InvitationState.OPEN:
            raise InvitationUnusable
        if self.email is not None and self.email.key != email.key:
            raise InvalidRequest("email: the invitation is for another address")
