"""What people change about their own account, and how a forgotten password is replaced: the ports, and the check."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from ollamanet.application.identity.ports import PasswordHasher, Users
from ollamanet.application.identity.sign_in_guard import SignInFailures
from ollamanet.application.identity.turns import Turns
from ollamanet.application.kernel.actor import Actor
from ollamanet.application.kernel.audit import AuditEntry
from ollamanet.application.kernel.clock import Clock
from ollamanet.domain.identity.errors import TooManyAttempts, WrongPassword
from ollamanet.domain.identity.names import Email, Login, Username
from ollamanet.domain.identity.password import Password
from ollamanet.domain.identity.sign_in_policy import SignInPolicy
from ollamanet.domain.identity.user import User
from ollamanet.domain.kernel.errors import Forbidden, Unauthenticated
from ollamanet.domain.kernel.ids import SessionId, UserId

Audited = Callable[[User], Sequence[AuditEntry]]
"""The entries for a change of an account, given how it was found within the same transaction."""


class PasswordResets(Protocol):
    """Where tokens are kept that set a password; each call is one transaction."""

    async def issue(
        self, user_id: UserId, *, token_hash: str, at: datetime, expires_at: datetime, most: int, audit: Audited
    ) -> bool:
        """Keep a new one, and make the older ones of the account useless.

        Args:
            most: tokens (>= 1) that an account may be sent in an hour.

        Returns:
            Whether it was kept; not when there were `most`, or the account may not be used.
        """
        ...

    async def find(self, token_hash: str, *, at: datetime) -> User | None:
        """Whose token it is, while it can be used."""
        ...

    async def redeem(self, token_hash: str, *, password_hash: str, at: datetime, audit: Audited) -> User:
        """Use it up: set the password, end all sessions, forget failed sign-ins; all of it or nothing, and once.

        Raises:
            ResetTokenInvalid: it cannot be used any more.
        """
        ...


class OwnAccounts(Protocol):
    """Changes of single fields, which leave alone what somebody else changes at the same time."""

    async def rename(
        self, user_id: UserId, *, email: Email | None, username: Username | None, at: datetime, audit: Audited
    ) -> tuple[User, User]:
        """Change one or both; a new address is unverified, and tokens mailed to the old one are useless.

        Returns:
            The account before and after.

        Raises:
            EmailTaken: another account has the address.
            UsernameTaken: another account has the user name.
            Unauthenticated: the account is gone.
        """
        ...

    async def change_password(
        self,
        user_id: UserId,
        *,
        replaces: str,
        password_hash: str,
        at: datetime,
        keep: SessionId | None,
        audit: Sequence[AuditEntry],
    ) -> bool:
        """Set the password and end every session but `keep`; not when the stored hash is not `replaces` any more.

        Returns:
            Whether it was done.
        """
        ...


@dataclass(frozen=True, slots=True)
class PasswordCheck:
    """Asks somebody who is signed in for his password; wrong ones lock this, and never the sign-in."""

    users: Users
    hasher: PasswordHasher
    failures: SignInFailures
    policy: SignInPolicy
    clock: Clock
    turns: Turns = field(default_factory=Turns)

    async def __call__(self, actor: Actor, text: str, *, name: str) -> tuple[User, str]:
        """The account, as it is now, and the hash of its password.

        Args:
            actor: who asks.
            text: what he says is his password.
            name: of the field that it came in.

        Raises:
            InvalidRequest: it can be nobody's password.
            WrongPassword: it is not his.
            TooManyAttempts: it was wrong too often.
            Unauthenticated: his account is gone, or may not be used.
        """
        password = Password.attempt(text)
        async with self.turns.of(str(actor.user_id)):
            user = await self.users.find(actor.user_id)
            found = None if user is None else await self.users.find_credentials(Login(user.username.key))
            if found is None or found.user.id != actor.user_id or not found.user.usable:
                raise Unauthenticated("the account of this token is gone or disabled")
            await self._compare(found.user.id, password, found.password_hash, name)
        return found.user, found.password_hash

    async def _compare(self, user_id: UserId, password: Password, against: str, name: str) -> None:
        subject, now = f"user:{user_id}", self.clock.now()
        kept = (await self.failures.standing(subject, subject, user_id=user_id, address="")).login
        wait = self.policy.locked_for(kept, now) or self.policy.pause(kept, now)
        if wait:
            raise TooManyAttempts(f"{name}: it was wrong too often; wait a moment", retry_after=wait)
        if not await self.hasher.verify(password, against):
            await self.failures.add(subject, self.policy, at=now)
            raise WrongPassword(name)
        if kept.count:
            await self.failures.clear(subject)


def refuse_keys(actor: Actor) -> None:
    """For what only a person may do.

    Raises:
        Forbidden: the caller shows an API key.
    """
    if actor.key is not None:
        raise Forbidden("an API key cannot change its owner's account; sign in for that")
