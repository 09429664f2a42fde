"""Have a model summarize the older turns of a conversation, and keep what it says."""

from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Final

from ollamanet.application.conversations.heard import Heard
from ollamanet.application.conversations.ports import ConversationStore, Replies
from ollamanet.application.kernel.actor import Actor
from ollamanet.application.kernel.clock import Clock, Ids
from ollamanet.domain.conversations.conversation import Message
from ollamanet.domain.conversations.errors import SummaryUnusable
from ollamanet.domain.conversations.summary import Summary, summary_length
from ollamanet.domain.conversations.summary_pauses import SummaryPauses
from ollamanet.domain.conversations.summary_prompt import SummaryPrompt, build_summary_prompt
from ollamanet.domain.kernel.chat import Priority, ReplyRequest, Sampling
from ollamanet.domain.kernel.errors import Kind, Refusal
from ollamanet.domain.kernel.ids import ConversationId, RequestId
from ollamanet.domain.kernel.model_name import ModelName
from ollamanet.domain.kernel.model_terms import ModelTerms
from ollamanet.domain.kernel.reply import DoneReason, Usage

_MOST_ROUNDS: Final = 4
_MOST_MESSAGES: Final = 200
_MOST_CHARACTERS_PER_TOKEN: Final = 8
_TEMPERATURE: Final = 0.2
_IN_VAIN: Final = frozenset({Kind.UPSTREAM, Kind.TIMEOUT})
"""Kinds of refusals that a replica has worked for; the others cost nothing, and may be gone at the next question."""


@dataclass(frozen=True, slots=True)
class SummarizeConversation:
    """The oldest turns of a conversation are to be covered.

    Attributes:
        actor: the owner; the work is charged to him.
        model: who answers there now.
        turns: how many, counted from the first, >= 1.
    """

    actor: Actor
    conversation_id: ConversationId
    model: ModelName
    turns: int


@dataclass(frozen=True, slots=True)
class SummarizeConversationHandler:
    """Asks as background work, and stores the summary.

    Attributes:
        pauses: what failed lately is not asked for again at every question.
    """

    store: ConversationStore
    replies: Replies
    clock: Clock
    ids: Ids
    pauses: SummaryPauses = field(default_factory=SummaryPauses)

    async def __call__(self, command: SummarizeConversation) -> None:
        """Extend the stored summary, in several rounds where not all turns fit into one prompt.

        Each round is stored, so what one of them came to is not lost when a later one fails. After four of them the
        rest is left to the next time. Nothing is done in the pause after a failure.

        Raises:
            Refusal: no room, no replica, no usable answer; or the conversation is gone, or another user's.
        """
        await self.store.get(command.conversation_id, owner=command.actor.user_id)
        attempt = command.conversation_id, command.model
        if not self.pauses.over(attempt, self.clock.monotonic()):
            return
        try:
            await self._summarized(command)
        except Refusal as refusal:
            if refusal.kind in _IN_VAIN:
                self.pauses.failed(attempt, self.clock.monotonic())
            raise

    async def _summarized(self, command: SummarizeConversation) -> None:
        terms = await self.replies.resolve(command.model, command.actor)
        summary = await self.store.summary(command.conversation_id)
        for _ in range(_MOST_ROUNDS):
            missing = command.turns - (summary.turns if summary else 0)
            if missing <= 0:
                return
            limit = min(missing, _MOST_MESSAGES)
            messages = await self.store.following(command.conversation_id, summary, limit=limit)
            if not messages:
                return
            summary = await self._extended(command, terms, summary, messages)
            await self.store.keep_summary(summary)
            self.pauses.succeeded((command.conversation_id, command.model))

    async def _extended(
        self, command: SummarizeConversation, terms: ModelTerms, before: Summary | None, messages: Sequence[Message]
    ) -> Summary:
        turns = [message.as_turn() for message in messages]
        text = before.text if before else None
        prompt = build_summary_prompt(text, turns, budget=terms.prompt_tokens - terms.overhead, count=terms.count)
        said, usage = await self._asked(self._request(command, terms, prompt), terms)
        last = messages[prompt.covered - 1]
        return Summary(
            conversation_id=command.conversation_id,
            text=said,
            turns=prompt.covered + (before.turns if before else 0),
            covers_to=last.id,
            covers_to_at=last.created_at,
            model=str(terms.name),
            usage=usage,
            created_at=self.clock.now(),
        )

    def _request(self, command: SummarizeConversation, terms: ModelTerms, prompt: SummaryPrompt) -> ReplyRequest:
        return ReplyRequest(
            request_id=RequestId(f"summary-{self.ids.new()}"),
            user=command.actor.user_id,
            model=terms.name,
            turns=prompt.turns,
            # Unasked, a model that can think does, and may spend all of its tokens on it.
            sampling=Sampling(
                {"num_predict": summary_length(terms.prompt_tokens), "temperature": _TEMPERATURE}, think=False
            ),
            priority=Priority.BACKGROUND,
            roles=command.actor.roles,
            key=command.actor.key,
            said=command.actor.said,
            prompt_tokens=prompt.tokens + terms.overhead,
        )

    async def _asked(self, request: ReplyRequest, terms: ModelTerms) -> tuple[str, Usage]:
        heard = Heard(self.clock, origin=self.clock.monotonic())
        reply = self.replies.admit(request)
        try:
            async with aclosing(reply.events()) as events:
                async for batch in events:
                    heard.add(batch)
        finally:
            reply.release()
        end, text = heard.finished, heard.text.strip()
        if end is None or end.reason not in (DoneReason.STOP, DoneReason.LENGTH) or not text:
            raise SummaryUnusable(
                f"{terms.name}: {'nothing' if end is None else end.reason} after {len(text)} characters"
            )
        whole = text[: summary_length(terms.prompt_tokens) * _MOST_CHARACTERS_PER_TOKEN]
        return (whole if end.reason is DoneReason.STOP else f"{whole} …"), end.usage
