"""What a caller hears while his message is answered: Accepted, then the reply's own events, then Answered."""

from dataclasses import dataclass

from ollamanet.domain.conversations.conversation import Outcome
from ollamanet.domain.kernel.ids import ConversationId, MessageId, RequestId
from ollamanet.domain.kernel.reply import ReplyEvent


@dataclass(frozen=True, slots=True)
class Accepted:
    """The question is stored and has its place.

    Attributes:
        model: who will answer, with its tag.
        prompt_tokens: the estimated size of the prompt.
        trimmed_turns: older turns that were left out of it, and that no summary in it stands for.
        summarized_turns: older turns that a summary in it stands for.
    """

    request_id: RequestId
    conversation_id: ConversationId
    user_message_id: MessageId
    model: str
    prompt_tokens: int
    trimmed_turns: int
    summarized_turns: int = 0


@dataclass(frozen=True, slots=True)
class Answered:
    """The answer is stored, and complete unless its outcome says `partial`.

    Attributes:
        trimmed_turns: as `Accepted` says.
        prompt_truncated: the model did not read all of the prompt that was sent, as far as its counts tell.
        summarized_turns: as `Accepted` says.
    """

    assistant_message_id: MessageId
    outcome: Outcome
    trimmed_turns: int
    prompt_truncated: bool = False
    summarized_turns: int = 0


ChatEvent = Accepted | ReplyEvent | Answered
"""The reply's own `Finished` comes too; `Answered` follows it once the answer is stored."""
