"""A conversation and what was said in it."""

from dataclasses import dataclass
from datetime import datetime

from ollamanet.domain.kernel.chat import Role, ToolCall, Turn
from ollamanet.domain.kernel.ids import ConversationId, MessageId, UserId
from ollamanet.domain.kernel.reply import DoneReason, Usage

TITLE_LENGTH = 80


@dataclass(frozen=True, slots=True)
class Conversation:
    """A thread of messages between one user and one model.

    Attributes:
        owner: the only user who may see it.
        title: 1 to 80 characters.
        model: the model's name as last used, with its tag.
        system: instructions that go before every prompt; None for none.
        created_at: aware, UTC.
        updated_at: when the last message came; aware, UTC.
    """

    id: ConversationId
    owner: UserId
    title: str
    model: str
    system: str | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Timings:
    """Where the time of a reply went, in milliseconds (>= 0).

    Attributes:
        queue_ms: waiting for a slot.
        ttft_ms: from the request to the first piece of the answer; None when nothing came.
        total_ms: from the request to the end.
    """

    queue_ms: float
    ttft_ms: float | None
    total_ms: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an answer came about; questions have none.

    Attributes:
        model: who answered, with its tag.
        reason: why it ended.
        partial: the answer was cut: by its reader, by a time-out or by a failure.
        error: code of the refusal that cut it, if one did.
    """

    model: str
    reason: DoneReason
    partial: bool
    usage: Usage
    timings: Timings
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a conversation, as it is stored.

    Attributes:
        id: version 7; messages of a conversation are ordered by `created_at`, then by id.
        text: what was said; may be empty (tool calls only).
        images: bare base64; None where a list left them out because it would have become too large.
        thinking: the model's reasoning; empty for questions.
        outcome: of an answer; None for questions.
    """

    id: MessageId
    conversation_id: ConversationId
    role: Role
    text: str
    created_at: datetime
    images: tuple[str, ...] | None = ()
    thinking: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    outcome: Outcome | None = None

    def as_turn(self) -> Turn:
        """The message as a model sees it: without its reasoning."""
        return Turn(self.role, self.text, self.images or (), self.tool_calls)


def title_from(text: str) -> str:
    """A title from the first words of a question: one line, at most 80 characters, never empty."""
    words = " ".join(text.split())
    if len(words) <= TITLE_LENGTH:
        return words or "New conversation"
    return words[: TITLE_LENGTH - 1].rsplit(" ", 1)[0].rstrip() + "…"
