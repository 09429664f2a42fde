"""Somebody shows that an account is his."""

from dataclasses import dataclass, field

from ollamanet.application.identity.accounts import SignedIn
from ollamanet.application.identity.ports import PasswordHasher, Users
from ollamanet.application.identity.rehashing import Rehashing
from ollamanet.application.identity.session_opener import SessionOpener
from ollamanet.application.identity.sign_in_guard import SignInGuard
from ollamanet.application.kernel.audit import HERE, Origin
from ollamanet.application.kernel.clock import Clock
from ollamanet.domain.identity.errors import AccountDisabled
from ollamanet.domain.identity.names import Login
from ollamanet.domain.identity.password import Password


@dataclass(frozen=True, slots=True)
class SignIn:
    """What was typed into the form, unchecked.

    Attributes:
        login: an email address or a user name.
    """

    login: str
    password: str = field(repr=False)
    origin: Origin = HERE


@dataclass(frozen=True, slots=True)
class SignInHandler:
    """Compares passwords; an unknown login costs as much time as a wrong password."""

    users: Users
    hasher: PasswordHasher
    sessions: SessionOpener
    clock: Clock
    guard: SignInGuard

    async def __call__(self, command: SignIn) -> SignedIn:
        """Sign in.

        Raises:
            InvalidRequest: a field cannot be what it should be (too long, a NUL).
            WrongCredentials: no account has this login and this password.
            AccountDisabled: both are right, and the account may not be used.
            AccountLocked: there were too many wrong ones; for a while the right one does not help either.
        """
        login, password = Login.parse(command.login), Password.attempt(command.password)
        async with self.guard.turn(login):
            found = await self.users.find_credentials(login)
            attempt = await self.guard.admit(login, found.user if found else None, command.origin)
            right = await self.hasher.verify(password, found.password_hash if found else None)
            if found is None or not right:
                raise await self.guard.failed(attempt)
            await self.guard.passed(attempt)
        if not found.user.usable:
            raise AccountDisabled
        await Rehashing(self.users, self.hasher).freshen(found, password)
        await self.users.record_sign_in(found.user.id, at=self.clock.now())
        return await self.sessions.open(found.user, command.origin)
