"""Writes of many requests share transactions: while one commits, the next gathers."""

import asyncio
import logging
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from math import inf
from typing import Final, Self

from ollamanet.application.kernel.audit import AuditEntry
from ollamanet.domain.kernel.errors import ShuttingDown
from ollamanet.infrastructure.kernel.database import Database
from ollamanet.infrastructure.kernel.sql_errors import is_transient
from ollamanet.infrastructure.kernel.sql_write import Write, carry_out

_log: Final = logging.getLogger(__name__)

_RETRY_PAUSES: Final = (0.02, 0.1, 0.5)


@dataclass(frozen=True, slots=True)
class _Submission:
    writes: Sequence[Write]
    audit: Sequence[AuditEntry]
    done: asyncio.Future[None]


class GroupCommit:
    """The one writer of a process. Nothing waits to be batched: a lone write is committed at once."""

    def __init__(self, database: Database, *, max_pending: int = 10_000, max_batch: int = 256) -> None:
        """Prepare; the writer runs only while there is something to write.

        Args:
            max_pending: submissions that may wait (>= 1); further ones wait for room.
            max_batch: submissions in one transaction at most (>= 1).
        """
        self._database: Final = database
        self._max_pending: Final = max_pending
        self._max_batch: Final = max_batch
        self._pending: Final[deque[_Submission]] = deque()
        self._room: Final = asyncio.Event()
        self._writer: asyncio.Task[None] | None = None
        self._closing = False
        self._last_try = inf
        self._broken: Exception | None = None
        self._lost: Final[Counter[str]] = Counter()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def submit(self, *writes: Write, audit: Sequence[AuditEntry] = ()) -> None:
        """Carry out the writes together or not at all; durable when this returns.

        Once accepted they are carried out even if the caller is cancelled while it waits for the commit.

        Args:
            writes: in order.
            audit: entries of the audit trail that stand or fall with the writes.

        Raises:
            ShuttingDown: the writer was closed.
            SQLAlchemyError: the database refused these writes; those of others are not affected.
            OSError: the server could not be reached, however often it was tried.
        """
        while len(self._pending) >= self._max_pending and not self._closing:
            self._room.clear()
            await self._room.wait()
        if self._closing:
            raise ShuttingDown("the store takes no more writes")
        done = asyncio.get_running_loop().create_future()
        self._pending.append(_Submission(writes, audit, done))
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._drain(), name="group-commit")
        await done

    def finish_within(self, seconds: float) -> None:
        """Bound the end of the process by a database that fails: each attempt on it may take its whole busy timeout.

        Args:
            seconds: after which (>= 0) nothing is tried any more once the last attempt has failed; all that waits, or
                comes then, fails too, and `aclose` logs how many rows that were.
        """
        self._last_try = asyncio.get_running_loop().time() + seconds

    async def aclose(self) -> None:
        """Take no more, and return when everything that was accepted is committed, or has failed."""
        self._closing = True
        self._room.set()
        if self._writer is not None:
            await self._writer
        if self._lost:
            rows = ", ".join(f"{count} of {table}" for table, count in sorted(self._lost.items()))
            _log.error(
                "not stored, as the database failed until the end: rows %s: %s",
                rows,
                str(self._broken).partition("\n")[0],
            )
            self._lost.clear()

    async def _drain(self) -> None:
        while self._pending:
            batch = [self._pending.popleft() for _ in range(min(len(self._pending), self._max_batch))]
            self._room.set()
            failure = await self._commit(batch)
            if failure is None or len(batch) == 1 or is_transient(failure):
                for submission in batch:
                    self._settle(submission, failure)
                continue
            # One of them is at fault: each gets a transaction of its own, so that only that one fails.
            for submission in batch:
                self._settle(submission, await self._commit([submission]))

    async def _commit(self, batch: Sequence[_Submission]) -> Exception | None:
        """Write the batch in one transaction; what went wrong, if it did."""
        entries = [entry for submission in batch for entry in submission.audit]
        work = partial(carry_out, [submission.writes for submission in batch], entries)
        for pause in (*_RETRY_PAUSES, None):
            if self._broken is not None and self._time_is_up():
                return self._broken
            try:
                await self._database.write(work)
            except Exception as failure:  # noqa: BLE001 - whoever waits for the batch is told
                self._broken = failure if is_transient(failure) else None
                if pause is None or self._broken is None or self._time_is_up():
                    return failure
                await asyncio.sleep(pause)
            else:
                self._broken = None
                break
        return None

    def _time_is_up(self) -> bool:
        return asyncio.get_running_loop().time() >= self._last_try

    def _settle(self, submission: _Submission, failure: Exception | None) -> None:
        if failure is not None and failure is self._broken and self._time_is_up():
            self._lost.update(write.statement.table.description for write in submission.writes)
        _settle(submission, failure)


def _settle(submission: _Submission, failure: Exception | None) -> None:
    if not submission.done.done():
        if failure is None:
            submission.done.set_result(None)
        else:
            submission.done.set_exception(failure)
    elif failure is not None:
        # Its caller was cancelled: nobody else will hear of it.
        _log.error("a write failed after its caller had left", exc_info=failure)
