"""What signing up needs from the outside, beside what all of identity needs."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from ollamanet.application.kernel.audit import AuditEntry
from ollamanet.application.kernel.page import Page, PageRequest
from ollamanet.domain.identity.invitation import Invitation, InvitationId
from ollamanet.domain.identity.user import User


class Invitations(Protocol):
    """Where invitations are kept; of a token only its digest."""

    async def add(self, invitation: Invitation, *, token_hash: str, audit: Sequence[AuditEntry] = ()) -> None:
        """Store a new one."""
        ...

    async def find(self, token_hash: str) -> Invitation | None:
        """The one with this token, whatever its state."""
        ...

    async def get(self, invitation_id: InvitationId) -> Invitation | None:
        """The one with this id, whatever its state."""
        ...

    async def list_invitations(self, page: PageRequest) -> Page[Invitation]:
        """All of them, the newest first."""
        ...

    async def revoke(self, invitation_id: InvitationId, *, at: datetime, audit: Sequence[AuditEntry] = ()) -> bool:
        """Make it useless; False, and nothing is written, when it was used or revoked before, or is not there."""
        ...

    async def accept(
        self, token_hash: str, user: User, *, password_hash: str, audit: Sequence[AuditEntry] = ()
    ) -> None:
        """Use it for a new account, both or neither; of several who come at once with one token, one gets an account.

        Raises:
            InvitationUnusable: at `user.created_at` it is not open.
            EmailTaken, UsernameTaken: another account has the name; the invitation stays open.
        """
        ...


class FirstAdmins(Protocol):
    """Where the first administrator is made."""

    async def exists(self) -> bool:
        """Whether an active account has the role `Admin`."""
        ...

    async def add(self, user: User, *, password_hash: str, audit: Sequence[AuditEntry]) -> None:
        """Store the account if there is still no active administrator, both decided in one transaction.

        Raises:
            SetUpRefused: there is one.
            EmailTaken, UsernameTaken: an account has the name.
        """
        ...


class InvitationMail(Protocol):
    """Brings an invitation to who is invited."""

    async def send_invitation(self, invitation: Invitation, token: str) -> bool:
        """Send it to the address that it is bound to; False when that failed, which the log tells."""
        ...


class SetupToken(Protocol):
    """The token with which the first administrator is made; all instances of an installation have the same."""

    @property
    def text(self) -> str:
        """The token, for whoever starts the service."""
        ...

    def matches(self, offered: str) -> bool:
        """Whether this is it; takes as long whatever was offered."""
        ...
