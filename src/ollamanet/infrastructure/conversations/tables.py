"""The tables of conversations."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Boolean, Float, ForeignKey, Index, Integer, Unicode
from sqlalchemy.orm import Mapped, mapped_column

from ollamanet.infrastructure.kernel.sql_base import GUID, LONG_TEXT, Base, DateTimeUTC


class ConversationRow(Base):
    """A thread of messages. The owner is a user of another module: kept by id, without a foreign key across modules."""

    __tablename__ = "conversations"
    __table_args__ = (Index(None, "owner_id", "updated_at"),)

    id: Mapped[UUID] = mapped_column(GUID(), primary_key=True)
    owner_id: Mapped[UUID] = mapped_column(GUID())
    # SQL Server counts UTF-16 units: 80 characters may take 160 of them.
    title: Mapped[str] = mapped_column(Unicode(160))
    model: Mapped[str] = mapped_column(Unicode(640))
    system: Mapped[str | None] = mapped_column(LONG_TEXT)
    created_at: Mapped[datetime] = mapped_column(DateTimeUTC())
    updated_at: Mapped[datetime] = mapped_column(DateTimeUTC())


class MessageRow(Base):
    """One message; the columns from `model` to `error` tell how an answer came about, and are empty for questions."""

    __tablename__ = "messages"
    __table_args__ = (Index(None, "conversation_id", "created_at", "id"),)

    id: Mapped[UUID] = mapped_column(GUID(), primary_key=True)
    conversation_id: Mapped[UUID] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"))
    role: Mapped[str] = mapped_column(Unicode(16))
    text: Mapped[str] = mapped_column(LONG_TEXT)
    images: Mapped[str | None] = mapped_column(LONG_TEXT)
    thinking: Mapped[str] = mapped_column(LONG_TEXT)
    tool_calls: Mapped[str | None] = mapped_column(LONG_TEXT)
    model: Mapped[str | None] = mapped_column(Unicode(640))
    done_reason: Mapped[str | None] = mapped_column(Unicode(16))
    partial: Mapped[bool] = mapped_column(Boolean())
    prompt_tokens: Mapped[int | None] = mapped_column(Integer())
    completion_tokens: Mapped[int | None] = mapped_column(Integer())
    queue_ms: Mapped[float | None] = mapped_column(Float())
    ttft_ms: Mapped[float | None] = mapped_column(Float())
    total_ms: Mapped[float | None] = mapped_column(Float())
    error: Mapped[str | None] = mapped_column(Unicode(64))
    created_at: Mapped[datetime] = mapped_column(DateTimeUTC())


class SummaryRow(Base):
    """The one summary of a conversation.

    The last message that it covers is kept by id, without a foreign key: SQL Server allows no second path of cascades.
    """

    __tablename__ = "conversation_summaries"

    conversation_id: Mapped[UUID] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True)
    text: Mapped[str] = mapped_column(LONG_TEXT)
    turns: Mapped[int] = mapped_column(Integer())
    covers_to: Mapped[UUID] = mapped_column(GUID())
    covers_to_at: Mapped[datetime] = mapped_column(DateTimeUTC())
    model: Mapped[str] = mapped_column(Unicode(640))
    prompt_tokens: Mapped[int | None] = mapped_column(Integer())
    completion_tokens: Mapped[int | None] = mapped_column(Integer())
    created_at: Mapped[datetime] = mapped_column(DateTimeUTC())
