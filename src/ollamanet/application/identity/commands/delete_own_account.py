"""Somebody deletes his own account; it can be restored for 30 days."""

from dataclasses import dataclass, field

from ollamanet.application.identity.administration_ports import AccountChange, AdministeredUsers
from ollamanet.application.identity.own_account import PasswordCheck
from ollamanet.application.identity.ports import CallerCache
from ollamanet.application.kernel.actor import Actor
from ollamanet.application.kernel.audit import Agent, AuditEntry, Origin
from ollamanet.application.kernel.clock import Clock
from ollamanet.domain.identity.account_states import deleted
from ollamanet.domain.identity.user import User


@dataclass(frozen=True, slots=True)
class DeleteOwnAccount:
    """Who goes, and his password once more, unchecked."""

    actor: Actor
    origin: Origin
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class DeleteOwnAccountHandler:
    """Deletes as an administrator would: every way in is closed, and what the account has is kept."""

    check: PasswordCheck
    users: AdministeredUsers
    callers: CallerCache
    clock: Clock

    async def __call__(self, command: DeleteOwnAccount) -> User:
        """The account, as it is now.

        Raises:
            Forbidden: the caller came with an API key.
            InvalidRequest: the password cannot be one.
            WrongPassword: it is not the account's.
            TooManyAttempts: it was wrong too often.
            Unauthenticated: the account is gone meanwhile, or may not be used.
            LastAdmin: nobody else could administer.
        """
        actor = command.actor
        actor.require_sign_in()
        await self.check(actor, command.password, name="password")
        now = self.clock.now()

        def leave(user: User) -> AccountChange:
            gone = deleted(user, now)
            if gone is user:
                return AccountChange(user)
            entry = AuditEntry(
                "user.deleted",
                Agent(user.id, str(user.username)),
                command.origin,
                now,
                target=f"user:{user.id}",
                target_name=str(user.username),
                before={"status": user.status.value},
                after={"status": gone.status.value},
            )
            return AccountChange(gone, [entry], signs_out="deleted")

        left = await self.users.change(actor.user_id, leave, at=now)
        self.callers.forget(actor.user_id)
        return left
