"""Conversations and chat at the wire."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from ollamanet.interfaces.kernel.paging import PageView

Probability = Annotated[float, Meta(ge=0.0, le=1.0)]
Penalty = Annotated[float, Meta(ge=-2.0, le=2.0)]


class OptionsBody(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """How the model samples; what is absent is the model's own default. Load-time options are not ours to change."""

    temperature: Annotated[float, Meta(ge=0.0, le=2.0)] | None = None
    top_p: Probability | None = None
    top_k: Annotated[int, Meta(ge=1, le=1000)] | None = None
    min_p: Probability | None = None
    seed: Annotated[int, Meta(ge=-(2**31), lt=2**31)] | None = None
    num_predict: Annotated[int, Meta(ge=1, le=131072)] | None = None
    stop: Annotated[list[Annotated[str, Meta(min_length=1, max_length=200)]], Meta(max_length=16)] | None = None
    repeat_penalty: Annotated[float, Meta(ge=0.0, le=2.0)] | None = None
    presence_penalty: Penalty | None = None
    frequency_penalty: Penalty | None = None


class ChatBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A question to a model, in a conversation or as the start of one."""

    message: Annotated[str, Meta(min_length=1, examples=["Why is the sky blue?"])]
    conversation_id: UUID | None = None
    model: Annotated[str, Meta(min_length=1, max_length=600, examples=["llama3.2"])] | None = None
    images: Annotated[list[Annotated[str, Meta(min_length=1)]], Meta(max_length=16)] = []
    system: Annotated[str, Meta(min_length=1)] | None = None
    options: OptionsBody | None = None
    format: Literal["json"] | dict[str, Any] | None = None
    think: bool | Literal["low", "medium", "high", "max"] | None = None
    tools: Annotated[list[dict[str, Any]], Meta(max_length=128)] = []
    overflow: Literal["trim", "summarize", "reject"] | None = None
    priority: Literal["interactive", "background"] = "interactive"
    deadline_ms: Annotated[int, Meta(ge=1, le=86_400_000)] | None = None
    resumable: bool = False


class UsageView(msgspec.Struct):
    """Tokens, as the replica counted them; of an answer that was cut, null and the pieces that came."""

    prompt_tokens: int | None
    completion_tokens: int | None


class TimingsView(msgspec.Struct):
    """Milliseconds; `ttft_ms` is null when nothing came."""

    queue_ms: float
    ttft_ms: float | None
    total_ms: float


class ToolCallView(msgspec.Struct):
    """A function call that the model asks for; `arguments` is a JSON object."""

    id: str
    name: str
    arguments: msgspec.Raw


class ChatView(msgspec.Struct, kw_only=True):
    """A whole answer; `prompt_truncated` when the model did not read all of the prompt."""

    request_id: str
    conversation_id: UUID
    user_message_id: UUID
    assistant_message_id: UUID
    model: str
    text: str
    thinking: str
    tool_calls: list[ToolCallView]
    done_reason: str
    partial: bool
    usage: UsageView
    timings: TimingsView
    trimmed_turns: int
    summarized_turns: int
    prompt_truncated: bool


class ChatEventView(msgspec.Struct):
    """One event of the stream; `data` is a JSON object, and `id` increases."""

    id: Annotated[str, Meta(pattern="^[1-9][0-9]*$")]
    event: Literal["accepted", "queued", "started", "thinking", "token", "tool_call", "done", "error"]
    data: str


class ConversationView(msgspec.Struct, kw_only=True):
    """A conversation, without its messages."""

    id: UUID
    title: str
    model: str
    system: str | None
    created_at: datetime
    updated_at: datetime


class SummaryView(msgspec.Struct, kw_only=True):
    """A summary of the oldest messages of a conversation: what models are told in their place when they do not fit."""

    text: str
    covered_turns: int
    model: str
    created_at: datetime


class ConversationWithSummaryView(ConversationView, kw_only=True):
    """A conversation, without its messages; `summary` is null until one was needed and made."""

    summary: SummaryView | None


class MessageView(msgspec.Struct, kw_only=True):
    """A message; the fields from `model` on are an answer's, and null for a question.

    `images` is null where the page would have become too large: ask for that message with a smaller `page_size`.
    """

    id: UUID
    role: str
    text: str
    images: list[str] | None
    thinking: str
    tool_calls: list[ToolCallView]
    created_at: datetime
    model: str | None = None
    done_reason: str | None = None
    partial: bool | None = None
    error: str | None = None
    usage: UsageView | None = None
    timings: TimingsView | None = None


class ConversationPage(PageView[ConversationView]):
    """Conversations, last updated first."""


class MessagePage(PageView[MessageView]):
    """Messages, oldest first."""
