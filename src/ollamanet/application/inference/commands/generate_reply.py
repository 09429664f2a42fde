"""Have a model answer: find it, take a place in the queue, wait for a slot, relay what the replica says."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from ollamanet.application.inference.ports import Admission, ModelDirectory, Place, Replica, ReplicaStream
from ollamanet.application.kernel.clock import Clock
from ollamanet.domain.inference.errors import ModelNotFound, QueueTimeout, UpstreamTimeout
from ollamanet.domain.kernel.chat import ReplyRequest
from ollamanet.domain.kernel.errors import InvalidRequest
from ollamanet.domain.kernel.model_name import ModelName
from ollamanet.domain.kernel.model_terms import ModelTerms, Overflow
from ollamanet.domain.kernel.reply import DoneReason, Finished, ReplyEvent, Started
from ollamanet.domain.kernel.token_estimate import estimate_turn

POSITION_INTERVAL = 0.5
"""Seconds between two looks at one's place in the queue."""


@dataclass(frozen=True, slots=True)
class ReplyBounds:
    """How long a reply may take, in seconds (> 0).

    Attributes:
        queue: waiting for a slot.
        total: everything, waiting included.
    """

    queue: float = 60.0
    total: float = 120.0


@dataclass(frozen=True, slots=True)
class GenerateReplyHandler:
    """Satisfies what the conversations module calls `Replies`."""

    admission: Admission
    models: ModelDirectory
    replica: Replica
    clock: Clock
    bounds: ReplyBounds
    default_model: ModelName | None = None
    prompt_tokens: int = 4096

    async def resolve(self, model: ModelName | None) -> ModelTerms:
        """The model that would answer, the one asked for or the default, and what holds for its prompts.

        Raises:
            ModelNotFound: no replica has it, or there is none at all.
            InvalidRequest: it is not a model that chats.
            NoHealthyReplica: no replica can say which models it has.
        """
        wanted = model or self.default_model or await self.models.first_chat_model()
        if wanted is None:
            raise ModelNotFound("model: none is installed; install one, or name one")
        found = await self.models.find(wanted)
        if found is None:
            raise ModelNotFound(f"model: '{wanted}' is not installed")
        if found.capabilities and "completion" not in found.capabilities:
            raise InvalidRequest(f"model: '{found.name}' cannot chat")
        return ModelTerms(found.name, self.prompt_tokens, Overflow.TRIM, estimate_turn)

    def admit(self, request: ReplyRequest) -> "AdmittedReply":
        """Take a place at once.

        Raises:
            Refusal: the queue is full, the caller has too much in flight, or the service is stopping.
        """
        place = self.admission.enter(request.user, request.priority)
        return AdmittedReply(self, request, place, self.clock.monotonic())


@dataclass(frozen=True, slots=True)
class AdmittedReply:
    """A request with a place in the queue."""

    service: GenerateReplyHandler
    request: ReplyRequest
    place: Place
    admitted: float

    def release(self) -> None:
        """Give the place or slot back; idempotent."""
        self.place.leave()

    async def events(self) -> AsyncGenerator[Sequence[ReplyEvent], None]:
        """Wait, ask, relay.

        Raises:
            QueueTimeout: no slot in time.
            Refusal: the replica failed; a time-out after the first piece ends the reply instead.
        """
        at_once = self.place.granted
        heard = False
        try:
            async with aclosing(self._queued()) as waiting:
                async for batch in waiting:
                    yield batch
            cold = not self.service.models.is_resident(self.request.model)
            yield (Started(self.service.replica.name, 0.0 if at_once else self._passed(), cold),)
            # Relayed right here and not by a generator of its own: each one on the way costs every token.
            async with aclosing(await self._asked()) as stream:
                async for batch in stream:
                    heard = True
                    yield batch
        except UpstreamTimeout:
            if not heard:
                raise
            yield (Finished(DoneReason.TIMEOUT),)
        finally:
            self.place.leave()

    def _total(self) -> float:
        bound = self.service.bounds.total
        return bound if self.request.timeout is None else min(bound, self.request.timeout)

    def _passed(self) -> float:
        return self.service.clock.monotonic() - self.admitted

    async def _queued(self) -> AsyncGenerator[Sequence[ReplyEvent], None]:
        patience = min(self.service.bounds.queue, self._total())
        shown = 0
        while not self.place.granted:
            left = patience - self._passed()
            if left <= 0:
                raise QueueTimeout(f"no slot became free within {patience:g} s", retry_after=self._wait_predicted())
            status = self.place.status()
            if status.position != shown:
                shown = status.position
                yield (status,)
            await self.place.wait(min(left, POSITION_INTERVAL))

    def _wait_predicted(self) -> float:
        return max(1.0, self.place.status().estimated_wait or 1.0)

    async def _asked(self) -> ReplicaStream:
        left = self._total() - self._passed()
        if left <= 0:
            raise UpstreamTimeout("the time was over before a replica could be asked")
        return await self.service.replica.open(self.request, timeout=left)
