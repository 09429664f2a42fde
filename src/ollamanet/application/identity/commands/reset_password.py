"""Somebody sets a new password with the token that was mailed to him."""

from dataclasses import dataclass, field

from ollamanet.application.identity.letters import password_changed_letter
from ollamanet.application.identity.mail import PostOffice
from ollamanet.application.identity.new_passwords import NewPasswords
from ollamanet.application.identity.own_account import PasswordResets
from ollamanet.application.identity.ports import CallerCache
from ollamanet.application.identity.secret_tokens import token_digest
from ollamanet.application.kernel.audit import Agent, AuditEntry, Origin
from ollamanet.application.kernel.clock import Clock
from ollamanet.domain.identity.errors import ResetTokenInvalid
from ollamanet.domain.identity.user import User


@dataclass(frozen=True, slots=True)
class ResetPassword:
    """The token, and the new password, unchecked."""

    token: str = field(repr=False)
    password: str = field(repr=False)
    origin: Origin


@dataclass(frozen=True, slots=True)
class ResetPasswordHandler:
    """Ends every session; API keys stay, and the owner is told so."""

    resets: PasswordResets
    new_passwords: NewPasswords
    callers: CallerCache
    post: PostOffice
    clock: Clock

    async def __call__(self, command: ResetPassword) -> None:
        """Set the password; it does not sign in.

        Raises:
            ResetTokenInvalid: it was used, is too old, was replaced, or is none of ours.
            InvalidRequest: the password is not what the rules say; the token stays good.
        """
        token_hash = token_digest(command.token)
        # A look first: hashing is dear, and guesses at tokens are to be cheap.
        owner = await self.resets.find(token_hash, at=self.clock.now())
        if owner is None:
            raise ResetTokenInvalid
        password_hash = await self.new_passwords.hashed(command.password, (str(owner.username), str(owner.email)))
        now = self.clock.now()

        def entries(found: User) -> tuple[AuditEntry]:
            by = Agent(found.id, str(found.username))
            target = f"user:{found.id}"
            return (AuditEntry("password.reset", by, command.origin, now, target, str(found.username)),)

        user = await self.resets.redeem(token_hash, password_hash=password_hash, at=now, audit=entries)
        self.callers.forget(user.id)
        self.post.post(password_changed_letter(user))
