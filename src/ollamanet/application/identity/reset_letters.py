"""Mails the tokens with which passwords are set anew."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from ollamanet.application.identity.letters import reset_letter
from ollamanet.application.identity.mail import MailSender
from ollamanet.application.identity.own_account import PasswordResets
from ollamanet.application.identity.secret_tokens import Secrets, token_digest
from ollamanet.application.kernel.audit import Agent, AuditEntry, Origin
from ollamanet.application.kernel.clock import Clock
from ollamanet.domain.identity.user import User

MOST_IN_AN_HOUR: Final = 5
"""Mails to one account: nobody's mailbox is to be filled by whoever knows the address."""


@dataclass(frozen=True, slots=True)
class ResetLetters:
    """For those who forgot theirs, and for administrators who help them.

    Attributes:
        lifetime: seconds (> 0) that a token is good for.
        public_url: where people find the service; None where nobody said.
    """

    resets: PasswordResets
    tokens: Secrets
    sender: MailSender
    clock: Clock
    lifetime: float
    public_url: str | None

    async def send(self, user: User, *, by: Agent, origin: Origin) -> bool:
        """Make a token, and mail it to the account's address.

        Returns:
            Whether it was mailed; not when the account got enough of them, may not be used, or mail does not work.
        """
        token, now = self.tokens.new(), self.clock.now()
        expires_at = now + timedelta(seconds=self.lifetime)

        def entries(found: User) -> tuple[AuditEntry]:
            return (AuditEntry("password.reset_asked", by, origin, now, f"user:{found.id}", str(found.username)),)

        kept = await self.resets.issue(
            user.id, token_hash=token_digest(token), at=now, expires_at=expires_at, most=MOST_IN_AN_HOUR, audit=entries
        )
        if not kept:
            return False
        minutes = max(1, round(self.lifetime / 60))
        return await self.sender.send(reset_letter(user, token, minutes=minutes, public_url=self.public_url))
