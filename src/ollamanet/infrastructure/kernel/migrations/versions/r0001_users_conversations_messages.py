"""Users, conversations and their messages."""

import sqlalchemy as sa
from alembic import op

from ollamanet.infrastructure.kernel.sql_base import GUID, LONG_TEXT, DateTimeUTC

revision: str = "0001"
down_revision: str | None = None


def upgrade() -> None:
    """Go to this revision."""
    _create_users()
    _create_conversations()
    _create_messages()


def downgrade() -> None:
    """Go back to the one before."""
    op.drop_table("messages")
    op.drop_table("conversations")
    op.drop_table("users")


def _create_users() -> None:
    op.create_table(
        "users",
        sa.Column("id", GUID(), nullable=False),
        sa.Column("email", sa.Unicode(320), nullable=False),
        sa.Column("email_key", sa.Unicode(640), nullable=False),
        sa.Column("username", sa.Unicode(128), nullable=False),
        sa.Column("username_key", sa.Unicode(256), nullable=False),
        sa.Column("password_hash", sa.Unicode(256), nullable=False),
        sa.Column("roles", LONG_TEXT, nullable=False),
        sa.Column("created_at", DateTimeUTC(), nullable=False),
        sa.Column("last_sign_in_at", DateTimeUTC(), nullable=True),
        sa.Column("disabled", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_users"),
        sa.UniqueConstraint("email_key", name="uq_users_email_key"),
        sa.UniqueConstraint("username_key", name="uq_users_username_key"),
    )


def _create_conversations() -> None:
    op.create_table(
        "conversations",
        sa.Column("id", GUID(), nullable=False),
        sa.Column("owner_id", GUID(), nullable=False),
        sa.Column("title", sa.Unicode(160), nullable=False),
        sa.Column("model", sa.Unicode(640), nullable=False),
        sa.Column("system", LONG_TEXT, nullable=True),
        sa.Column("created_at", DateTimeUTC(), nullable=False),
        sa.Column("updated_at", DateTimeUTC(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_conversations"),
    )
    op.create_index("ix_conversations_owner_id_updated_at", "conversations", ["owner_id", "updated_at"])


def _create_messages() -> None:
    op.create_table(
        "messages",
        sa.Column("id", GUID(), nullable=False),
        sa.Column("conversation_id", GUID(), nullable=False),
        sa.Column("role", sa.Unicode(16), nullable=False),
        sa.Column("text", LONG_TEXT, nullable=False),
        sa.Column("images", LONG_TEXT, nullable=True),
        sa.Column("thinking", LONG_TEXT, nullable=False),
        sa.Column("tool_calls", LONG_TEXT, nullable=True),
        sa.Column("model", sa.Unicode(640), nullable=True),
        sa.Column("done_reason", sa.Unicode(16), nullable=True),
        sa.Column("partial", sa.Boolean(), nullable=False),
        sa.Column("prompt_tokens", sa.Integer(), nullable=True),
        sa.Column("completion_tokens", sa.Integer(), nullable=True),
        sa.Column("queue_ms", sa.Float(), nullable=True),
        sa.Column("ttft_ms", sa.Float(), nullable=True),
        sa.Column("total_ms", sa.Float(), nullable=True),
        sa.Column("error", sa.Unicode(64), nullable=True),
        sa.Column("created_at", DateTimeUTC(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_messages"),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name="fk_messages_conversation_id_conversations",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_messages_conversation_id_created_at_id", "messages", ["conversation_id", "created_at", "id"])
