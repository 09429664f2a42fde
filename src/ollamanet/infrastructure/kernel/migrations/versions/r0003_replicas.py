"""Replicas that administrators added, and those that they drained."""

import sqlalchemy as sa
from alembic import op

from ollamanet.infrastructure.kernel.sql_base import GUID, LONG_TEXT, DateTimeUTC

revision: str = "0003"
down_revision: str | None = "0002"


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "replicas",
        sa.Column("id", GUID(), nullable=False),
        sa.Column("name", sa.Unicode(420), nullable=False),
        sa.Column("url", sa.Unicode(420), nullable=False),
        sa.Column("slots", sa.Integer(), nullable=False),
        sa.Column("weight", sa.Float(), nullable=False),
        sa.Column("models", LONG_TEXT, nullable=False),
        sa.Column("token", sa.Unicode(1000), nullable=True),
        sa.Column("created_by", GUID(), nullable=False),
        sa.Column("created_at", DateTimeUTC(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_replicas"),
        sa.UniqueConstraint("name", name="uq_replicas_name"),
        sa.UniqueConstraint("url", name="uq_replicas_url"),
    )
    op.create_table(
        "drained_replicas",
        sa.Column("name", sa.Unicode(420), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_drained_replicas"),
    )


def downgrade() -> None:
    """Go back to the one before."""
    op.drop_table("drained_replicas")
    op.drop_table("replicas")
