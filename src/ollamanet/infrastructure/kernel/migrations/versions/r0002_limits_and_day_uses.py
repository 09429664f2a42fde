"""Versions of the limits, and what users took of each day."""

import sqlalchemy as sa
from alembic import op

from ollamanet.infrastructure.kernel.sql_base import GUID, LONG_TEXT, DateTimeUTC

revision: str = "0002"
down_revision: str | None = "0001"


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "limit_versions",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("mode", sa.Unicode(16), nullable=False),
        sa.Column("percent", sa.Float(), nullable=False),
        sa.Column("limits", LONG_TEXT, nullable=False),
        sa.Column("note", LONG_TEXT, nullable=False),
        sa.Column("created_at", DateTimeUTC(), nullable=False),
        sa.Column("created_by", GUID(), nullable=False),
        sa.Column("changed_at", DateTimeUTC(), nullable=True),
        sa.Column("changed_by", GUID(), nullable=True),
        sa.Column("activated_at", DateTimeUTC(), nullable=True),
        sa.PrimaryKeyConstraint("number", name="pk_limit_versions"),
    )
    op.create_table(
        "day_uses",
        sa.Column("day", sa.Unicode(10), nullable=False),
        sa.Column("user_id", GUID(), nullable=False),
        sa.Column("api_key", sa.Unicode(128), nullable=False),
        sa.Column("requests", sa.BigInteger(), nullable=False),
        sa.Column("tokens", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("day", "user_id", "api_key", name="pk_day_uses"),
    )


def downgrade() -> None:
    """Go back to the one before."""
    op.drop_table("day_uses")
    op.drop_table("limit_versions")
