"""One request that has a place: it waits, asks a replica, moves to another if need be, relays, and accounts for it."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import Final

from ollamanet.application.inference.admission_ports import Grant, Place
from ollamanet.application.inference.ports import ReplicaStream, Reservation
from ollamanet.application.inference.reply_services import ReplyBounds, ReplyServices
from ollamanet.domain.inference.errors import (
    ModelNotFound,
    NoHealthyReplica,
    QueueTimeout,
    UpstreamError,
    UpstreamTimeout,
)
from ollamanet.domain.inference.reply_cost import ReplyCost
from ollamanet.domain.inference.reply_record import ReplyRecord
from ollamanet.domain.kernel.chat import ReplyRequest
from ollamanet.domain.kernel.errors import Refusal
from ollamanet.domain.kernel.reply import Delta, DoneReason, Finished, Queued, ReplyEvent, Started, Usage

POSITION_INTERVAL: Final = 0.5
"""Seconds between two looks at one's place in the queue."""

MOST_ATTEMPTS: Final = 2
"""Replicas that one request is sent to; never a second one after a piece of the answer came."""

MOST_CLOSED_DOORS: Final = 4
"""Replicas that did not even take it; the first to find out that one is gone must not be lost for it."""

_CANCELLED: Final = "cancelled"


class AdmittedReply:
    """Satisfies what the conversations module calls `Reply`."""

    def __init__(
        self,
        services: ReplyServices,
        request: ReplyRequest,
        cost: ReplyCost,
        bounds: ReplyBounds,
        place: Place,
        reservation: Reservation,
    ) -> None:
        """Hold `place` and `reservation` until `release`."""
        self.request: Final = request
        self._services: Final = services
        self._cost: Final = cost
        self._bounds: Final = bounds
        self._place: Final = place
        self._reservation: Final = reservation
        self._admitted: Final = services.clock.monotonic()
        self._grant: Grant | None = place.grant
        self._queued = 0.0
        self._shown = Queued(0, None)
        self._attempts = 0
        self._closed_doors = 0
        self._pieces = 0
        self._first: float | None = None
        self._last: Sequence[Delta] = ()
        self._outcome = _CANCELLED
        self._released = False

    async def events(self) -> AsyncGenerator[Sequence[ReplyEvent], None]:
        """Wait, ask, relay.

        Raises:
            QueueTimeout: no slot in time.
            Refusal: the replica failed; a time-out after the first piece ends the reply instead.
        """
        try:
            while True:
                if self._place.grant is None:
                    async with aclosing(self._waiting()) as waiting:
                        async for batch in waiting:
                            yield batch
                grant = self._granted()
                yield (Started(grant.replica, self._queued, grant.cold_load),)
                stream = await self._asked(grant)
                if stream is not None:
                    break
            # Relayed right here and not by a generator of its own: each one on the way costs every token.
            async with aclosing(stream):
                async for batch in stream:
                    if not self._pieces:
                        self._first = self._passed()
                    self._pieces += len(batch)
                    self._last = batch
                    yield batch if type(batch[-1]) is not Finished else self._audited(batch, batch[-1])
        except UpstreamTimeout as failure:
            self._failed(failure)
            if not self._pieces:
                raise
            yield (Finished(DoneReason.TIMEOUT),)
        except Refusal as failure:
            self._failed(failure)
            raise
        except Exception:
            self._outcome = "internal_error"
            raise
        finally:
            self.release()

    def release(self) -> None:
        """Give the place or slot back, and account for what was taken; idempotent."""
        if self._released:
            return
        self._released = True
        end = self._end()
        taken = self._taken(end)
        units = None if taken is None else self._cost.units(*taken)
        self._place.leave(tokens=units, answered=end is not None)
        self._reservation.settle(None if taken is None else sum(taken))
        self._services.meter.ended(self._record(end))

    async def _waiting(self) -> AsyncGenerator[Sequence[ReplyEvent], None]:
        while self._place.grant is None:
            if self._place.expired:
                patience = min(self._bounds.queue, self._bounds.total)
                wait = self._shown.estimated_wait or 0.0
                raise QueueTimeout(f"no slot became free within {patience:g} s", retry_after=max(1.0, wait))
            status = self._place.status()
            if status.position != self._shown.position:
                self._shown = status
                yield (status,)
            await self._place.wait(POSITION_INTERVAL)
        self._queued = self._passed()

    def _granted(self) -> Grant:
        grant = self._grant = self._place.grant
        if grant is None:
            raise RuntimeError("the place was left before its slot was used")
        return grant

    async def _asked(self, grant: Grant) -> ReplicaStream | None:
        """The replica's answer; None if it failed and another one is to be asked."""
        left = self._bounds.total - self._passed()
        if left <= 0:
            raise UpstreamTimeout("the time was over before a replica could be asked")
        self._attempts += 1
        try:
            return await self._services.replicas.open(grant.replica, self.request, timeout=left)
        except NoHealthyReplica:
            self._attempts -= 1
            self._closed_doors += 1
            if self._closed_doors == MOST_CLOSED_DOORS or not self._place.move():
                raise
        except (UpstreamError, ModelNotFound):
            if self._attempts == MOST_ATTEMPTS or not self._place.move():
                raise
        return None

    def _audited(self, batch: Sequence[Delta], end: Finished) -> Sequence[Delta]:
        if self._services.audit(self.request, end.usage):
            self._last = batch = (*batch[:-1], replace(end, truncated=True))
        return batch

    def _failed(self, failure: Refusal) -> None:
        self._outcome = DoneReason.TIMEOUT if self._pieces and isinstance(failure, UpstreamTimeout) else failure.code
        if self._pieces and self._grant is not None:
            self._services.replicas.failed(self._grant.replica, self.request, failure)

    def _passed(self) -> float:
        return self._services.clock.monotonic() - self._admitted

    def _end(self) -> Finished | None:
        last = self._last[-1] if self._last else None
        return last if isinstance(last, Finished) else None

    def _taken(self, end: Finished | None) -> tuple[int, int] | None:
        """Tokens of prompt and answer, as far as they are known; None where a replica did nothing for it."""
        if end is not None:
            usage = end.usage
            prompt = self._cost.prompt if usage.prompt_tokens is None else usage.prompt_tokens
            return prompt, self._pieces if usage.completion_tokens is None else usage.completion_tokens
        if self._pieces or (self._attempts and self._outcome == _CANCELLED):
            return self._cost.prompt, self._pieces
        return None

    def _record(self, end: Finished | None) -> ReplyRecord:
        total = self._passed()
        grant = self._grant
        return ReplyRecord(
            model=self.request.model,
            workload=self.request.priority,
            replica=None if grant is None else grant.replica,
            outcome=self._outcome if end is None else end.reason,
            queued=total if grant is None else self._queued,
            first_token=self._first,
            generating=0.0 if self._first is None else total - self._first,
            total=total,
            pieces=self._pieces,
            expected_output=self._cost.output,
            prompt_estimate=self.request.prompt_tokens,
            usage=Usage() if end is None else end.usage,
            trimmed=self.request.trimmed,
            cold_load=grant is not None and grant.cold_load,
            attempts=self._attempts,
            truncated=end is not None and end.truncated,
        )
