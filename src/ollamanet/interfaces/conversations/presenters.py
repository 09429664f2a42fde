"""From what the application says to what the wire shows."""

from typing import Any

import msgspec

from ollamanet.application.conversations.chat_events import Accepted, Answered
from ollamanet.application.conversations.queries.get_conversation import FoundConversation
from ollamanet.domain.conversations.conversation import Conversation, Message, Timings
from ollamanet.domain.kernel.chat import ToolCall
from ollamanet.domain.kernel.reply import Usage
from ollamanet.interfaces.conversations.schemas import (
    ConversationView,
    ConversationWithSummaryView,
    MessageView,
    SummaryView,
    TimingsView,
    ToolCallView,
    UsageView,
)


def accepted_fields(event: Accepted) -> dict[str, Any]:
    """The data of an `accepted` event."""
    return {
        "request_id": event.request_id,
        "conversation_id": event.conversation_id,
        "user_message_id": event.user_message_id,
        "model": event.model,
        "trimmed_turns": event.trimmed_turns,
        "summarized_turns": event.summarized_turns,
    }


def answered_fields(event: Answered) -> dict[str, Any]:
    """The data of a `done` event."""
    return {
        "assistant_message_id": event.assistant_message_id,
        "done_reason": event.outcome.reason,
        "usage": usage_view(event.outcome.usage),
        "timings": timings_view(event.outcome.timings),
        "trimmed_turns": event.trimmed_turns,
        "summarized_turns": event.summarized_turns,
        "prompt_truncated": event.prompt_truncated,
    }


def usage_view(usage: Usage) -> UsageView:
    """Token counts."""
    return UsageView(usage.prompt_tokens, usage.completion_tokens)


def timings_view(timings: Timings) -> TimingsView:
    """Milliseconds."""
    return TimingsView(timings.queue_ms, timings.ttft_ms, timings.total_ms)


def tool_call_views(calls: tuple[ToolCall, ...]) -> list[ToolCallView]:
    """Function calls, their arguments as the JSON that they are."""
    return [ToolCallView(call.id, call.name, msgspec.Raw(call.arguments.encode())) for call in calls]


def conversation_view(conversation: Conversation) -> ConversationView:
    """A conversation without its owner, who is the reader."""
    return ConversationView(
        id=conversation.id,
        title=conversation.title,
        model=conversation.model,
        system=conversation.system,
        created_at=conversation.created_at,
        updated_at=conversation.updated_at,
    )


def conversation_with_summary_view(found: FoundConversation) -> ConversationWithSummaryView:
    """A conversation, and its summary if it has one."""
    view = ConversationWithSummaryView(**msgspec.structs.asdict(conversation_view(found.conversation)), summary=None)
    if (summary := found.summary) is not None:
        view.summary = SummaryView(
            text=summary.text, covered_turns=summary.turns, model=summary.model, created_at=summary.created_at
        )
    return view


def message_view(message: Message) -> MessageView:
    """A message, and for an answer how it came about."""
    view = MessageView(
        id=message.id,
        role=message.role,
        text=message.text,
        images=None if message.images is None else list(message.images),
        thinking=message.thinking,
        tool_calls=tool_call_views(message.tool_calls),
        created_at=message.created_at,
    )
    if (outcome := message.outcome) is not None:
        view.model = outcome.model
        view.done_reason = outcome.reason
        view.partial = outcome.partial
        view.error = outcome.error
        view.usage = usage_view(outcome.usage)
        view.timings = timings_view(outcome.timings)
    return view
