"""Who guesses passwords is slowed down and shut out, the same whether anybody has the login or not.

Failures are counted by login, never by account: else a lock at one name of an account would show at its other one, and
with it that the account exists.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Final, Protocol

from ollamanet.application.identity.turns import Turns
from ollamanet.application.kernel.audit import Agent, AuditEntry, Origin
from ollamanet.application.kernel.clock import Clock
from ollamanet.domain.identity.errors import AccountLocked, WrongCredentials
from ollamanet.domain.identity.names import Login
from ollamanet.domain.identity.sign_in_policy import NO_FAILURES, Failures, SignInPolicy
from ollamanet.domain.identity.user import User
from ollamanet.domain.kernel.errors import Refusal
from ollamanet.domain.kernel.ids import UserId

_DIGITS: Final = 32
UNKNOWN: Final = "unknown login"
"""What the trail calls a login that nobody has: people type passwords into the wrong field."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What is stored that concerns an attempt.

    Attributes:
        login: failures at the login.
        near: what was tried from the address while the login was locked.
        known: the account was used from the address lately.
    """

    login: Failures = NO_FAILURES
    near: Failures = NO_FAILURES
    known: bool = False


class SignInFailures(Protocol):
    """Where failures are kept, by subject: `login:` and a hash, an address after an `@`, or `user:` and an id."""

    async def standing(self, subject: str, near: str, *, user_id: UserId | None, address: str) -> Standing:
        """What is stored of both subjects, and whether the account knows the address; as much work for no account."""
        ...

    async def add(
        self,
        subject: str,
        policy: SignInPolicy,
        *,
        at: datetime,
        audit: Callable[[Failures], Sequence[AuditEntry]] = lambda _: (),
    ) -> Failures:
        """Count one more, in one transaction with its entries, serialised over all instances; what it led to."""
        ...

    async def clear(self, *subjects: str, audit: Sequence[AuditEntry] = ()) -> None:
        """Forget the subjects, those with an address after them too."""
        ...


def subject_of(login: Login) -> str:
    """What failures at a login are counted under."""
    return f"login:{_hash(login.key)}"


def subjects_of(user: User) -> tuple[str, ...]:
    """All that is counted about an account."""
    return subject_of(Login(user.email.key)), subject_of(Login(user.username.key)), f"user:{user.id}"


def _hash(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:_DIGITS]


@dataclass(frozen=True, slots=True)
class Attempt:
    """One that was let in so far that its password is looked at."""

    subject: str
    near: str
    user: User | None
    origin: Origin
    standing: Standing


@dataclass(frozen=True, slots=True)
class SignInGuard:
    """Stands before the password; attempts at one login come one after the other, so that none slips through."""

    failures: SignInFailures
    policy: SignInPolicy
    clock: Clock
    turns: Turns = field(default_factory=Turns)

    def turn(self, login: Login) -> AbstractAsyncContextManager[None]:
        """What an attempt waits for, and holds until it is settled."""
        return self.turns.of(login.key)

    async def admit(self, login: Login, user: User | None, origin: Origin) -> Attempt:
        """Let an attempt in, or not, before its password costs anything.

        Raises:
            AccountLocked: the pause after the last failure is not over; or the login is locked, and this address tried
                often enough meanwhile.
        """
        subject = subject_of(login)
        near, now = f"{subject}@{_hash(origin.address)}", self.clock.now()
        user_id = None if user is None else user.id
        standing = await self.failures.standing(subject, near, user_id=user_id, address=origin.address)
        locked, pause = self.policy.locked_for(standing.login, now), self.policy.pause(standing.login, now)
        if locked and self.policy.current(standing.near, now).count >= self.policy.free:
            raise AccountLocked(retry_after=locked)
        if pause and not locked:
            raise AccountLocked(retry_after=pause)
        return Attempt(subject, near, user, origin, standing)

    async def failed(self, attempt: Attempt) -> Refusal:
        """Count a wrong password, or a right one for no account; what to answer."""
        now = self.clock.now()
        if (locked := self.policy.locked_for(attempt.standing.login, now)) > 0:
            # The same for a wrong password as for a right one from elsewhere: neither shows whether it was right.
            await self.failures.add(attempt.near, self.policy, at=now)
            return AccountLocked(retry_after=locked)
        await self.failures.add(attempt.subject, self.policy, at=now, audit=_entries(attempt, now))
        return WrongCredentials()

    async def passed(self, attempt: Attempt) -> None:
        """Take note of a right password.

        Raises:
            AccountLocked: the login is locked, and the account was not used from this address lately.
        """
        if self.policy.locked_for(attempt.standing.login, self.clock.now()) > 0 and not attempt.standing.known:
            raise await self.failed(attempt)
        if attempt.user is not None and attempt.standing.login.count:
            await self.failures.clear(*subjects_of(attempt.user))

    async def clear(self, user: User, *, audit: Sequence[AuditEntry] = ()) -> None:
        """Forget all failures at the account's logins, and so end their locks; for administrators."""
        await self.failures.clear(*subjects_of(user), audit=audit)


def _entries(attempt: Attempt, now: datetime) -> Callable[[Failures], Sequence[AuditEntry]]:
    user = attempt.user
    target, name = ("", UNKNOWN) if user is None else (f"user:{user.id}", str(user.username))
    # Nobody knows who it was: the name is that of whom he claimed to be.
    by = Agent(None, name)

    def entries(led_to: Failures) -> Sequence[AuditEntry]:
        after = {"failures": led_to.count}
        refused = AuditEntry("sign_in.refused", by, attempt.origin, now, target, name, after=after)
        if led_to.locked_until is None:
            return (refused,)
        until = {"locked_until": led_to.locked_until.isoformat()}
        return refused, AuditEntry("sign_in.locked", by, attempt.origin, now, target, name, after=until)

    return entries
