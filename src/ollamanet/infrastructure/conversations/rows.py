"""Conversations and messages as rows, and back."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
from sqlalchemy import Row

from ollamanet.domain.conversations.conversation import Conversation, Message, Outcome, Timings
from ollamanet.domain.conversations.summary import Summary
from ollamanet.domain.kernel.chat import Role, ToolCall
from ollamanet.domain.kernel.ids import ConversationId, MessageId, UserId
from ollamanet.domain.kernel.reply import DoneReason, Usage

_images: Final = msgspec.json.Decoder(tuple[str, ...])
_tool_calls: Final = msgspec.json.Decoder(tuple[ToolCall, ...])

_NO_OUTCOME: Final[Mapping[str, object]] = dict.fromkeys(
    ("model", "done_reason", "prompt_tokens", "completion_tokens", "queue_ms", "ttft_ms", "total_ms", "error")
) | {"partial": False}


def conversation_parameters(conversation: Conversation) -> Mapping[str, object]:
    """Every column of `conversations`."""
    return {
        "id": conversation.id,
        "owner_id": conversation.owner,
        "title": conversation.title,
        "model": conversation.model,
        "system": conversation.system,
        "created_at": conversation.created_at,
        "updated_at": conversation.updated_at,
    }


def message_parameters(message: Message) -> Mapping[str, object]:
    """Every column of `messages`."""
    return {
        "id": message.id,
        "conversation_id": message.conversation_id,
        "role": message.role.value,
        "text": _storable(message.text),
        "images": _json(message.images or ()),
        "thinking": _storable(message.thinking),
        "tool_calls": _json(message.tool_calls),
        "created_at": message.created_at,
        **(_NO_OUTCOME if message.outcome is None else _outcome_parameters(message.outcome)),
    }


def _outcome_parameters(outcome: Outcome) -> Mapping[str, object]:
    return {
        "model": outcome.model,
        "done_reason": outcome.reason.value,
        "partial": outcome.partial,
        "prompt_tokens": outcome.usage.prompt_tokens,
        "completion_tokens": outcome.usage.completion_tokens,
        "queue_ms": outcome.timings.queue_ms,
        "ttft_ms": outcome.timings.ttft_ms,
        "total_ms": outcome.timings.total_ms,
        "error": outcome.error,
    }


def conversation_from(row: Row[Any]) -> Conversation:
    """The conversation that a row of `conversations` holds."""
    return Conversation(
        id=ConversationId(row.id),
        owner=UserId(row.owner_id),
        title=row.title,
        model=row.model,
        system=row.system,
        created_at=_utc(row.created_at),
        updated_at=_utc(row.updated_at),
    )


def message_from(row: Row[Any], *, with_images: bool = True) -> Message:
    """The message that a row of `messages` holds, its images perhaps left out."""
    return Message(
        id=MessageId(row.id),
        conversation_id=ConversationId(row.conversation_id),
        role=Role(row.role),
        text=row.text,
        created_at=_utc(row.created_at),
        images=_images_from(row.images) if with_images else None,
        thinking=row.thinking,
        tool_calls=() if row.tool_calls is None else _tool_calls.decode(row.tool_calls),
        outcome=None if row.done_reason is None else _outcome_from(row),
    )


def summary_parameters(summary: Summary) -> Mapping[str, object]:
    """Every column of `conversation_summaries`."""
    return {
        "conversation_id": summary.conversation_id,
        "text": _storable(summary.text),
        "turns": summary.turns,
        "covers_to": summary.covers_to,
        "covers_to_at": summary.covers_to_at,
        "model": summary.model,
        "prompt_tokens": summary.usage.prompt_tokens,
        "completion_tokens": summary.usage.completion_tokens,
        "created_at": summary.created_at,
    }


def summary_from(row: Row[Any]) -> Summary:
    """The summary that a row of `conversation_summaries` holds."""
    return Summary(
        conversation_id=ConversationId(row.conversation_id),
        text=row.text,
        turns=row.turns,
        covers_to=MessageId(row.covers_to),
        covers_to_at=_utc(row.covers_to_at),
        model=row.model,
        usage=Usage(row.prompt_tokens, row.completion_tokens),
        created_at=_utc(row.created_at),
    )


def _images_from(stored: str | None) -> tuple[str, ...]:
    return () if stored is None else _images.decode(stored)


def _outcome_from(row: Row[Any]) -> Outcome:
    return Outcome(
        model=row.model,
        reason=DoneReason(row.done_reason),
        partial=row.partial,
        usage=Usage(row.prompt_tokens, row.completion_tokens),
        timings=Timings(row.queue_ms, row.ttft_ms, row.total_ms),
        error=row.error,
    )


def _storable(text: str) -> str:
    """The text as every database takes it: PostgreSQL has no NUL, and a model may say one."""
    return text.replace("\0", "\ufffd") if "\0" in text else text


def _json(values: tuple[object, ...]) -> str | None:
    return msgspec.json.encode(values).decode() if values else None


def _utc(stored: datetime) -> datetime:
    # Drivers name the zone in ways of their own.
    return stored.astimezone(UTC)
