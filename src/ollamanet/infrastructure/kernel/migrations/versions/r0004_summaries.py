"""Summaries of conversations."""

import sqlalchemy as sa
from alembic import op

from ollamanet.infrastructure.kernel.sql_base import GUID, LONG_TEXT, DateTimeUTC

revision: str = "0004"
down_revision: str | None = "0003"


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "conversation_summaries",
        sa.Column("conversation_id", GUID(), nullable=False),
        sa.Column("text", LONG_TEXT, nullable=False),
        sa.Column("turns", sa.Integer(), nullable=False),
        sa.Column("covers_to", GUID(), nullable=False),
        sa.Column("covers_to_at", DateTimeUTC(), nullable=False),
        sa.Column("model", sa.Unicode(640), nullable=False),
        sa.Column("prompt_tokens", sa.Integer(), nullable=True),
        sa.Column("completion_tokens", sa.Integer(), nullable=True),
        sa.Column("created_at", DateTimeUTC(), nullable=False),
        sa.PrimaryKeyConstraint("conversation_id", name="pk_conversation_summaries"),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name="fk_conversation_summaries_conversation_id_conversations",
            ondelete="CASCADE",
        ),
    )


def downgrade() -> None:
    """Go back to the one before."""
    op.drop_table("conversation_summaries")
