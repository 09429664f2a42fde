"""Somebody who is signed in changes his password."""

from dataclasses import dataclass, field

from ollamanet.application.identity.letters import password_changed_letter
from ollamanet.application.identity.mail import PostOffice
from ollamanet.application.identity.new_passwords import NewPasswords
from ollamanet.application.identity.own_account import OwnAccounts, PasswordCheck, refuse_keys
from ollamanet.application.identity.ports import CallerCache
from ollamanet.application.kernel.actor import Actor
from ollamanet.application.kernel.audit import Agent, AuditEntry, Origin
from ollamanet.application.kernel.clock import Clock
from ollamanet.domain.identity.errors import WrongPassword
from ollamanet.domain.identity.user import User
from ollamanet.domain.kernel.errors import InvalidRequest

_CURRENT = "current_password"


@dataclass(frozen=True, slots=True)
class ChangePassword:
    """Both passwords, unchecked."""

    actor: Actor
    current: str = field(repr=False)
    new: str = field(repr=False)
    origin: Origin


@dataclass(frozen=True, slots=True)
class ChangePasswordHandler:
    """Ends every session but the one that asks; API keys stay, and the owner is told so."""

    check: PasswordCheck
    accounts: OwnAccounts
    new_passwords: NewPasswords
    callers: CallerCache
    post: PostOffice
    clock: Clock

    async def __call__(self, command: ChangePassword) -> None:
        """Change it.

        Raises:
            Forbidden: an API key was shown.
            WrongPassword: the current one is another, or was changed at the same time.
            TooManyAttempts: it was wrong too often.
            InvalidRequest: the new one is not what the rules say.
            Unauthenticated: the account is gone, or may not be used.
        """
        actor = command.actor
        refuse_keys(actor)
        user, replaces = await self.check(actor, command.current, name=_CURRENT)
        password_hash, now = await self._hashed(command.new, user), self.clock.now()
        target, name = f"user:{user.id}", str(user.username)
        by = Agent(user.id, name)
        entry = AuditEntry("password.changed", by, command.origin, now, target, name)
        changed = await self.accounts.change_password(
            user.id, replaces=replaces, password_hash=password_hash, at=now, keep=actor.session, audit=(entry,)
        )
        if not changed:
            raise WrongPassword(_CURRENT)
        self.callers.forget(user.id)
        self.post.post(password_changed_letter(user))

    async def _hashed(self, text: str, user: User) -> str:
        try:
            return await self.new_passwords.hashed(text, (str(user.username), str(user.email)))
        except InvalidRequest as refusal:
            # The rules say `password:`, and there are two of them here.
            raise InvalidRequest(f"new_{refusal.detail}") from refusal
