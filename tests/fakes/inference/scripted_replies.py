"""Replies that say what the test wrote down, admitted without a queue."""

from collections.abc import AsyncGenerator, Sequence

from tests.fakes.inference.scripts import WHOLE, Step, played

from ollamanet.application.kernel.actor import Actor
from ollamanet.domain.inference.errors import ModelNotFound, QueueFull
from ollamanet.domain.kernel.chat import ReplyRequest
from ollamanet.domain.kernel.model_name import ModelName
from ollamanet.domain.kernel.model_terms import ModelTerms, Overflow
from ollamanet.domain.kernel.reply import ReplyEvent, Started
from ollamanet.domain.kernel.token_estimate import estimate_turn

STARTED = Started("scripted:11434", 0.0, cold_load=False)
HELLO: tuple[Step, ...] = (STARTED, "Hel", "lo", WHOLE)


class ScriptedReplies:
    """Plays the same script to everybody.

    Attributes:
        room: requests that it takes at once.
        requests: what was admitted, in order.
        budget: tokens that a prompt may take.
        played: how many replies were begun.
    """

    def __init__(
        self, *script: Step, models: Sequence[str] = ("llama3:latest",), room: int = 1000, budget: int = 4096
    ) -> None:
        self._script = script or HELLO
        self._models = [ModelName.parse(model) for model in models]
        self.room = room
        self.budget = budget
        self.requests: list[ReplyRequest] = []
        self.held: set[ScriptedReply] = set()
        self.played = 0

    async def resolve(self, model: ModelName | None, actor: Actor) -> ModelTerms:
        if model is not None:
            actor.require_model(model)
        for each in self._models:
            if each.key == model.key if model else actor.models is None or each.key in actor.models:
                return ModelTerms(each, self.budget, Overflow.TRIM, estimate_turn)
        raise ModelNotFound(f"model: '{model}' is not installed")

    def admit(self, request: ReplyRequest) -> "ScriptedReply":
        if len(self.held) >= self.room:
            raise QueueFull("no room", retry_after=1.0)
        self.requests.append(request)
        reply = ScriptedReply(self, self._script)
        self.held.add(reply)
        return reply


class ScriptedReply:
    """Holds a place until it is over or released."""

    def __init__(self, replies: ScriptedReplies, script: Sequence[Step]) -> None:
        self._replies = replies
        self._script = script

    async def events(self) -> AsyncGenerator[Sequence[ReplyEvent], None]:
        self._replies.played += 1
        source = played(self._script)
        try:
            async for batch in source:
                yield batch
        finally:
            self.release()
            await source.aclose()

    def release(self) -> None:
        self._replies.held.discard(self)
