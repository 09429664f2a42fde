"""Mails invitations."""

from dataclasses import dataclass

from ollamanet.application.identity.letters import invitation_letter
from ollamanet.application.identity.mail import MailSender
from ollamanet.domain.identity.invitation import Invitation


@dataclass(frozen=True, slots=True)
class InvitationLetters:
    """Satisfies `InvitationMail`.

    Attributes:
        public_url: where people find the service; None where nobody said.
    """

    sender: MailSender
    public_url: str | None

    async def send_invitation(self, invitation: Invitation, token: str) -> bool:
        """Send it to the address that it is bound to; one for anybody is nobody's mail."""
        if invitation.email is None:
            return False
        return await self.sender.send(
            invitation_letter(invitation.email, token, expires_at=invitation.expires_at, public_url=self.public_url)
        )
