"""Summaries of conversations."""

from datetime import UTC, datetime
from uuid import UUID

from ollamanet.domain.conversations.summary import Summary
from ollamanet.domain.kernel.ids import ConversationId, MessageId
from ollamanet.domain.kernel.reply import Usage

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def a_summary(text: str = "ab", turns: int = 1) -> Summary:
    return Summary(
        conversation_id=ConversationId(UUID(int=1)),
        text=text,
        turns=turns,
        covers_to=MessageId(UUID(int=2)),
        covers_to_at=NOON,
        model="llama3:latest",
        usage=Usage(12, 3),
        created_at=NOON,
    )
