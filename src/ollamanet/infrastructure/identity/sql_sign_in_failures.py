"""Failed sign-ins in the database."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, Row
from sqlalchemy.exc import IntegrityError

from ollamanet.application.identity.sign_in_guard import Standing
from ollamanet.application.kernel.audit import AuditEntry
from ollamanet.application.kernel.clock import Clock
from ollamanet.domain.identity.sign_in_policy import NO_FAILURES, Failures, SignInPolicy
from ollamanet.domain.kernel.ids import UserId
from ollamanet.infrastructure.identity import sign_in_statements as statements
from ollamanet.infrastructure.kernel.audit_log import append
from ollamanet.infrastructure.kernel.audit_statements import LOCK_HEAD
from ollamanet.infrastructure.kernel.database import Database

KNOWN_FOR: Final = timedelta(days=30)
_NOBODY: Final = UUID(int=0)
_ATTEMPTS: Final = 3
_CLEAN_EVERY: Final = 60.0


@dataclass(slots=True)
class SqlSignInFailures:
    """A `SignInFailures` store; what no longer counts is removed about once a minute, while there are failures."""

    database: Database
    clock: Clock
    _cleaned_at: float = field(default=float("-inf"), repr=False)

    async def standing(self, subject: str, near: str, *, user_id: UserId | None, address: str) -> Standing:
        """What is stored of both subjects, and whether the account knows the address."""
        # Nobody is asked about like somebody: the look-up is not to show whether there is an account.
        owner = {"user_id": user_id or _NOBODY, "address": address, "since": self.clock.now() - KNOWN_FOR}

        def read(connection: Connection) -> Standing:
            rows = connection.execute(statements.FAILURES_OF_TWO, {"subject": subject, "near": near}).all()
            known = connection.execute(statements.SESSIONS_FROM, owner).scalar_one() > 0
            kept = {row.subject: _failures(row) for row in rows}
            return Standing(kept.get(subject, NO_FAILURES), kept.get(near, NO_FAILURES), known)

        return await self.database.read(read)

    async def add(
        self,
        subject: str,
        policy: SignInPolicy,
        *,
        at: datetime,
        audit: Callable[[Failures], Sequence[AuditEntry]] = lambda _: (),
    ) -> Failures:
        """Count one more."""
        clean = self._is_time_to_clean()

        def write(connection: Connection) -> Failures:
            connection.execute(LOCK_HEAD)
            if clean:
                oldest = at - timedelta(seconds=policy.lock_s)
                connection.execute(statements.FORGET_FAILURES, {"before": oldest, "now": at})
            led_to = policy.after_failure(_counted(connection, subject, at), at)
            row = {"of": subject, "count": led_to.count, "at": at, "until": led_to.locked_until}
            connection.execute(statements.SET_FAILURES, row)
            if entries := audit(led_to):
                append(connection, entries)
            return led_to

        for _ in range(_ATTEMPTS - 1):
            try:
                return await self.database.write(write)
            except IntegrityError:
                # Another instance counted the first failure of this subject at the same moment.
                continue
        return await self.database.write(write)

    async def clear(self, *subjects: str, audit: Sequence[AuditEntry] = ()) -> None:
        """Forget the subjects."""

        def write(connection: Connection) -> None:
            if audit:
                connection.execute(LOCK_HEAD)
            connection.execute(statements.CLEAR_FAILURES, cleared(subjects))
            if audit:
                append(connection, audit)

        await self.database.write(write)

    def _is_time_to_clean(self) -> bool:
        now = self.clock.monotonic()
        due = now - self._cleaned_at >= _CLEAN_EVERY
        if due:
            self._cleaned_at = now
        return due


def cleared(subjects: Sequence[str]) -> list[dict[str, str]]:
    """The parameters that clear these subjects, and what was tried at them from single addresses."""
    return [{"subject": each, "with_address": f"{each}@%"} for each in sorted(subjects)]


def _counted(connection: Connection, subject: str, at: datetime) -> Failures:
    """What was stored before this failure; from here on nobody else can count at this subject."""
    if connection.execute(statements.COUNT_FAILURE, {"of": subject}).rowcount == 0:
        row = {"subject": subject, "failures": 1, "last_at": at, "locked_until": None}
        connection.execute(statements.INSERT_FAILURES, row)
        return NO_FAILURES
    found = _failures(connection.execute(statements.FAILURES_OF, {"subject": subject}).one())
    return Failures(found.count - 1, found.last_at, found.locked_until)


def _failures(row: Row[Any]) -> Failures:
    return Failures(row.failures, row.last_at, row.locked_until)
