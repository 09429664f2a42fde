"""Conversations that outgrow their prompts, with a model that says one thing to people and another as a summary."""

import asyncio
from collections.abc import Callable
from typing import Any

from tests.application.conversations.chatting import ADA, Chat
from tests.fakes.inference.scripted_replica import HELLO, ScriptedReplica, ScriptedStream
from tests.fakes.inference.scripts import WHOLE, Step

from ollamanet.application.conversations.chat_events import Accepted, Answered
from ollamanet.application.kernel.actor import Actor
from ollamanet.domain.conversations.summary import Summary
from ollamanet.domain.kernel.chat import Priority, ReplyRequest
from ollamanet.domain.kernel.model_terms import Overflow

BUDGET = 500
WORDS = "word " * 20
"""About 35 tokens: with an answer of 10, eleven of them fit the budget."""


class Summarizer(ScriptedReplica):
    """Plays `summaries` to background work, `answers` to everybody else.

    Attributes:
        before_summaries: called when background work asks.
    """

    def __init__(self, *summaries: Step) -> None:
        super().__init__()
        self.summaries = summaries or ("They talk ", "of words. ", WHOLE)
        self.answers: tuple[Step, ...] = HELLO
        self.before_summaries: Callable[[], None] = lambda: None

    async def open(self, request: ReplyRequest, *, timeout: float) -> ScriptedStream:
        self.script = self.answers
        if request.priority is Priority.BACKGROUND:
            self.before_summaries()
            self.script = self.summaries
        return await super().open(request, timeout=timeout)

    def requests(self, priority: Priority) -> list[ReplyRequest]:
        return [request for request, _ in self.asked if request.priority is priority]


class Talk(Chat):
    """A chat whose questions are all long, and ask for summaries."""

    def __init__(self, *summaries: Step, **options: Any) -> None:
        self.model = Summarizer(*summaries)
        super().__init__(replica=self.model, **{"budget": BUDGET, **options})

    async def go_on(self, times: int, actor: Actor = ADA, overflow: Overflow = Overflow.SUMMARIZE) -> None:
        """Ask so often, in the first conversation, without waiting for what goes on in the background."""
        for _ in range(times):
            more = {"conversation_id": self.conversation_id} if self.heard else {}
            await self.ask(WORDS, actor=actor, overflow=overflow, **more)

    async def rest(self) -> None:
        """Wait for so long that nothing can go on in the background any more."""
        await asyncio.sleep(1000)
        assert self.background.running == 0

    async def summary(self) -> Summary | None:
        return await self.store.summary(self.conversation_id)

    @property
    def cuts(self) -> list[tuple[int, int]]:
        """Turns trimmed and summarized, of every answer."""
        return [(event.trimmed_turns, event.summarized_turns) for event in self.heard if isinstance(event, Answered)]

    @property
    def accepted(self) -> list[Accepted]:
        return [event for event in self.heard if isinstance(event, Accepted)]

    @property
    def said(self) -> list[ReplyRequest]:
        """What the model was asked by people."""
        return self.model.requests(Priority.INTERACTIVE)

    @property
    def asked_for_summaries(self) -> list[ReplyRequest]:
        return self.model.requests(Priority.BACKGROUND)
