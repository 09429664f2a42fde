"""The requests that go to one replica, and what they tell about its health."""

import asyncio
from collections.abc import Callable
from typing import Final

from ollamanet.application.inference.ports import Replica, ReplicaStream
from ollamanet.domain.inference.circuit_breaker import Attempt
from ollamanet.domain.inference.errors import ModelNotFound, NoHealthyReplica, ReplicaLost
from ollamanet.domain.inference.latency_outliers import Ejection
from ollamanet.domain.inference.model_quarantine import ModelQuarantine
from ollamanet.domain.inference.replica_health import Cause, Failure, ReplicaHealth
from ollamanet.domain.inference.tickets import ReplicaId
from ollamanet.domain.kernel.chat import ReplyRequest
from ollamanet.domain.kernel.errors import Refusal
from ollamanet.infrastructure.inference.fleet_parts import FleetParts
from ollamanet.infrastructure.inference.replica_failures import failure_of
from ollamanet.infrastructure.inference.replica_models import ReplicaModels
from ollamanet.infrastructure.inference.replica_streams import CountedStream
from ollamanet.infrastructure.inference.replica_watch import ReplicaWatch

_TYPICAL_PROMPT: Final = 1024
_CLOCK_STEP: Final = 0.01

_OF_THE_DAEMON: Final = frozenset({Failure.UNREACHABLE, Failure.BUSY})
"""Failures that are no model's."""

Compare = Callable[[ReplicaId, str, float], Ejection | None]
"""Compares a model's time to a first piece, in seconds, with that of other replicas; an ejection for an outlier."""


class ReplicaRequests:
    """Opens streams on one replica, and notes how that went.

    Args:
        replica: its name.
        chat: what answers.
        watch: has its health, and probes it sooner when something is wrong.
        models: told when one of them is missing.
        compare: with the other replicas.
        parts: what all replicas share.

    Attributes:
        quarantine: models that it fails at.
        changed: called when the health or the quarantine may say something else.
    """

    def __init__(
        self,
        replica: ReplicaId,
        chat: Replica,
        watch: ReplicaWatch,
        models: ReplicaModels,
        compare: Compare,
        parts: FleetParts,
    ) -> None:
        self._replica: Final = replica
        self._chat: Final = chat
        self._watch: Final = watch
        self._models: Final = models
        self._compare: Final = compare
        self._parts: Final = parts
        self._opening: Final[set[asyncio.Timeout]] = set()
        self._open: Final[set[CountedStream]] = set()
        self._why_cut: str | None = None
        self.quarantine: Final = ModelQuarantine()
        self.changed: Callable[[], None] = lambda: None

    @property
    def running(self) -> int:
        """Streams that are being opened, or are open."""
        return len(self._opening) + len(self._open)

    async def open(self, request: ReplyRequest, timeout: float) -> ReplicaStream:
        """As `Replicas.open`."""
        # Kept, because a restart puts another in its place, which this request says nothing about.
        health, started = self._watch.health, self._parts.clock.monotonic()
        attempt = health.begin(started)
        if attempt is None:
            detail = f"{self._replica} takes no work now: {health.verdict(started).reason}"
            raise NoHealthyReplica(detail, retry_after=self._watch.retry_after())
        warm = request.model.key in self._models.loaded
        try:
            stream = await self._opened(request, timeout)
        except Refusal as refusal:
            waited = self._parts.clock.monotonic() - started
            failure = self._failure_of(refusal, waited, own_time_over=waited >= timeout - _CLOCK_STEP)
            self._refused(health, attempt, failure, self._cause(request, refusal))
            if isinstance(refusal, ModelNotFound):
                self._models.lacks(request.model.key)
            raise
        except BaseException:
            health.abandoned(attempt)
            raise
        self._answered(health, attempt, request, started, warm=warm)
        return stream

    async def _opened(self, request: ReplyRequest, timeout: float) -> CountedStream:
        """The stream, unless it is cut before its first piece."""
        try:
            async with asyncio.timeout(None) as scope:
                self._opening.add(scope)
                try:
                    stream = CountedStream(await self._chat.open(request, timeout=timeout), self._open.discard)
                finally:
                    self._opening.discard(scope)
        except TimeoutError:
            raise ReplicaLost(f"{self._replica}: {self._why_cut}") from None
        self._open.add(stream)
        if self._why_cut is not None:
            stream.cut(self._why_cut)
        return stream

    def cut(self, why: str) -> None:
        """Let all that runs fail as if the replica were gone, and so whatever is opened from now on."""
        self._why_cut = why
        now = asyncio.get_running_loop().time()
        while self._opening:
            self._opening.pop().reschedule(now)
        for stream in tuple(self._open):
            stream.cut(why)

    def failed(self, request: ReplyRequest, refusal: Refusal) -> None:
        """As `Replicas.failed`."""
        failure = failure_of(refusal)
        if failure is not None:
            now = self._parts.clock.monotonic()
            self._watch.health.failed_later(failure, self._cause(request, refusal), now, self._parts.chance())
            self.quarantine.broke_off(request.model.key, now)
            self._trouble(failure)

    def _cause(self, request: ReplyRequest, refusal: Refusal) -> Cause:
        model = request.model.key
        return Cause(model, refusal.detail, self.quarantine.hopeless(model, self._parts.clock.monotonic()))

    def _answered(
        self, health: ReplicaHealth, attempt: Attempt, request: ReplyRequest, started: float, *, warm: bool
    ) -> None:
        now, model = self._parts.clock.monotonic(), request.model.key
        health.succeeded(attempt, model, now)
        self.quarantine.succeeded(model, now)
        if warm:
            # Longer prompts take longer: one of the typical length counts half of what it takes.
            size = 1.0 + request.prompt_tokens / _TYPICAL_PROMPT
            ejection = self._compare(self._replica, model, (now - started) / size)
            if ejection is not None:
                health.ejected(ejection)
                self._watch.look()
        self.changed()

    def _failure_of(self, refusal: Refusal, waited: float, *, own_time_over: bool) -> Failure | None:
        if not own_time_over:
            return failure_of(refusal)
        # Whoever gives his requests little time must not be able to take a replica from everybody else.
        return Failure.TIMEOUT if waited >= self._parts.policy.patience else None

    def _refused(self, health: ReplicaHealth, attempt: Attempt, failure: Failure | None, cause: Cause) -> None:
        if failure is None:
            health.abandoned(attempt)
            return
        now = self._parts.clock.monotonic()
        health.failed(attempt, failure, cause, now, self._parts.chance())
        if failure not in _OF_THE_DAEMON:
            self.quarantine.failed(cause.model, now)
        self._trouble(failure)

    def _trouble(self, failure: Failure) -> None:
        self.changed()
        self._watch.hurry(now=failure is Failure.UNREACHABLE)
