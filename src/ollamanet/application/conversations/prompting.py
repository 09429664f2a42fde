"""From a conversation as it is stored to the prompt of its next question."""

from dataclasses import dataclass
from functools import partial

from ollamanet.application.conversations.ports import ConversationStore, History
from ollamanet.domain.conversations.conversation import Conversation, Message
from ollamanet.domain.conversations.prompt import Prompt, build_prompt, turns_to_summarize
from ollamanet.domain.kernel.chat import Sampling
from ollamanet.domain.kernel.model_terms import ModelTerms, Overflow
from ollamanet.domain.kernel.token_estimate import estimate_sampling


@dataclass(frozen=True, slots=True)
class Prompted:
    """A prompt, and what would make the next one better.

    Attributes:
        to_summarize: how many of the oldest turns a summary should cover and none does; 0 for none.
    """

    prompt: Prompt
    to_summarize: int = 0


@dataclass(frozen=True, slots=True)
class Prompting:
    """Reads what is needed and no more: a summary only when the conversation does not fit without it.

    Attributes:
        history_limit: messages of a conversation that are read back at most, > 0.
    """

    store: ConversationStore
    history_limit: int = 200

    async def prompt(
        self,
        known: Conversation | None,
        question: Message,
        *,
        system: str | None,
        sampling: Sampling,
        overflow: Overflow,
        terms: ModelTerms,
    ) -> Prompted:
        """The prompt for a question of a conversation, or for the first one of a new conversation.

        Raises:
            PromptTooLarge: the question does not fit, or older turns would have to be left out and may not be.
        """
        history = await self.store.recent(known.id, limit=self.history_limit) if known else History()
        turns = [message.as_turn() for message in (*history.messages, question)]
        budget, count, earlier = terms.prompt_tokens, terms.count, history.earlier
        extra = terms.overhead + estimate_sampling(sampling)
        build = partial(
            build_prompt,
            system,
            turns,
            budget=budget,
            overflow=overflow,
            count=count,
            extra=extra,
            earlier=earlier,
        )
        prompt = build()
        if known is None or overflow is not Overflow.SUMMARIZE or not prompt.trimmed:
            return Prompted(prompt)
        summary = await self.store.summary(known.id)
        if summary is not None:
            prompt = build(summary=summary)
        if not prompt.trimmed:
            return Prompted(prompt)
        return Prompted(prompt, turns_to_summarize(system, turns, budget=budget - extra, count=count, earlier=earlier))
