"""Roles, sessions, API keys, invitations, recovery, external identities, and the audit trail."""

import sqlalchemy as sa
from alembic import op

from ollamanet.infrastructure.kernel.sql_base import GUID, LONG_TEXT, DateTimeUTC

revision: str = "0005"
down_revision: str | None = "0004"

_REFUSAL = "entries of the audit trail are neither changed nor deleted"
_APPEND_ONLY = {
    "sqlite": [
        f"CREATE TRIGGER audit_entries_no_{verb} BEFORE {verb} ON audit_entries "
        f"BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"
        for verb in ("update", "delete")
    ],
    "postgresql": [
        f"""CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION '{_REFUSAL}'; END $$""",
        """CREATE TRIGGER audit_entries_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entries
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change()""",
    ],
    "mssql": [
        f"""CREATE TRIGGER audit_entries_append_only ON audit_entries INSTEAD OF UPDATE, DELETE AS
        THROW 51000, '{_REFUSAL}', 1""",
    ],
}


def upgrade() -> None:
    """Go to this revision."""
    _widen_users()
    _add_access()
    _add_invitations_and_recovery()
    _add_audit()


def _widen_users() -> None:
    op.add_column("users", sa.Column("status", sa.Unicode(16), nullable=False, server_default="active"))
    op.add_column("users", sa.Column("deleted_at", DateTimeUTC(), nullable=True))
    op.add_column("users", sa.Column("password_changed_at", DateTimeUTC(), nullable=True))
    op.add_column("users", sa.Column("email_verified_at", DateTimeUTC(), nullable=True))
    op.add_column("users", sa.Column("limits", LONG_TEXT, nullable=True))
    op.drop_column("users", "disabled")
    op.create_table(
        "sign_in_failures",
        sa.Column("subject", sa.Unicode(80), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_at", DateTimeUTC(), nullable=False),
        sa.Column("locked_until", DateTimeUTC(), nullable=True),
        sa.PrimaryKeyConstraint("subject", name="pk_sign_in_failures"),
    )
    op.create_table(
        "roles",
        sa.Column("name_key", sa.Unicode(128), nullable=False),
        sa.Column("name", sa.Unicode(64), nullable=False),
        sa.Column("description", sa.Unicode(500), nullable=False),
        sa.Column("permissions", LONG_TEXT, nullable=False),
        sa.Column("limits", LONG_TEXT, nullable=True),
        sa.Column("created_at", DateTimeUTC(), nullable=False),
        sa.Column("updated_at", DateTimeUTC(), nullable=False),
        sa.PrimaryKeyConstraint("name_key", name="pk_roles"),
    )


def _add_access() -> None:
    op.create_table(
        "sessions",
        sa.Column("id", GUID(), nullable=False),
        sa.Column("user_id", GUID(), nullable=False),
        sa.Column("created_at", DateTimeUTC(), nullable=False),
        sa.Column("last_used_at", DateTimeUTC(), nullable=False),
        sa.Column("expires_at", DateTimeUTC(), nullable=False),
        sa.Column("address", sa.Unicode(64), nullable=False),
        sa.Column("device", sa.Unicode(512), nullable=False),
        sa.Column("revoked_at", DateTimeUTC(), nullable=True),
        sa.Column("revoked_because", sa.Unicode(32), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_sessions"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_sessions_user_id_users", ondelete="CASCADE"),
    )
    op.create_index("ix_sessions_user_id", "sessions", ["user_id"])
    op.create_index("ix_sessions_expires_at", "sessions", ["expires_at"])
    op.create_table(
        "refresh_tokens",
        sa.Column("token_hash", sa.Unicode(64), nullable=False),
        sa.Column("session_id", GUID(), nullable=False),
        sa.Column("issued_at", DateTimeUTC(), nullable=False),
        sa.Column("used_at", DateTimeUTC(), nullable=True),
        sa.PrimaryKeyConstraint("token_hash", name="pk_refresh_tokens"),
        sa.ForeignKeyConstraint(
            ["session_id"], ["sessions.id"], name="fk_refresh_tokens_session_id_sessions", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_refresh_tokens_session_id", "refresh_tokens", ["session_id"])
    op.create_index("ix_refresh_tokens_issued_at", "refresh_tokens", ["issued_at"])
    op.create_table(
        "api_keys",
        sa.Column("id", GUID(), nullable=False),
        sa.Column("user_id", GUID(), nullable=False),
        sa.Column("name", sa.Unicode(128), nullable=False),
        sa.Column("prefix", sa.Unicode(16), nullable=False),
        sa.Column("secret_hash", sa.Unicode(64), nullable=False),
        sa.Column("permissions", LONG_TEXT, nullable=False),
        sa.Column("limits", LONG_TEXT, nullable=True),
        sa.Column("created_at", DateTimeUTC(), nullable=False),
        sa.Column("expires_at", DateTimeUTC(), nullable=True),
        sa.Column("last_used_at", DateTimeUTC(), nullable=True),
        sa.Column("revoked_at", DateTimeUTC(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_api_keys"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_api_keys_user_id_users", ondelete="CASCADE"),
        sa.UniqueConstraint("secret_hash", name="uq_api_keys_secret_hash"),
    )
    op.create_index("ix_api_keys_user_id", "api_keys", ["user_id"])
    op.create_table(
        "external_identities",
        sa.Column("issuer", sa.Unicode(200), nullable=False),
        sa.Column("subject", sa.Unicode(200), nullable=False),
        sa.Column("user_id", GUID(), nullable=False),
        sa.Column("email", sa.Unicode(320), nullable=False),
        sa.Column("linked_at", DateTimeUTC(), nullable=False),
        sa.Column("last_sign_in_at", DateTimeUTC(), nullable=True),
        sa.PrimaryKeyConstraint("issuer", "subject", name="pk_external_identities"),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_external_identities_user_id_users", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_external_identities_user_id", "external_identities", ["user_id"])


def _add_invitations_and_recovery() -> None:
    op.create_table(
        "invitations",
        sa.Column("id", GUID(), nullable=False),
        sa.Column("token_hash", sa.Unicode(64), nullable=False),
        sa.Column("email", sa.Unicode(320), nullable=True),
        sa.Column("roles", LONG_TEXT, nullable=False),
        sa.Column("created_by", GUID(), nullable=True),
        sa.Column("created_at", DateTimeUTC(), nullable=False),
        sa.Column("expires_at", DateTimeUTC(), nullable=False),
        sa.Column("used_at", DateTimeUTC(), nullable=True),
        sa.Column("used_by", GUID(), nullable=True),
        sa.Column("revoked_at", DateTimeUTC(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_invitations"),
        sa.UniqueConstraint("token_hash", name="uq_invitations_token_hash"),
    )
    op.create_table(
        "password_resets",
        sa.Column("token_hash", sa.Unicode(64), nullable=False),
        sa.Column("user_id", GUID(), nullable=False),
        sa.Column("created_at", DateTimeUTC(), nullable=False),
        sa.Column("expires_at", DateTimeUTC(), nullable=False),
        sa.Column("used_at", DateTimeUTC(), nullable=True),
        sa.PrimaryKeyConstraint("token_hash", name="pk_password_resets"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_password_resets_user_id_users", ondelete="CASCADE"),
    )
    op.create_index("ix_password_resets_user_id", "password_resets", ["user_id"])


def _add_audit() -> None:
    op.create_table(
        "audit_entries",
        sa.Column("seq", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("at", DateTimeUTC(), nullable=False),
        sa.Column("action", sa.Unicode(64), nullable=False),
        sa.Column("actor_id", GUID(), nullable=True),
        sa.Column("actor_name", sa.Unicode(256), nullable=False),
        sa.Column("key_id", sa.Unicode(64), nullable=True),
        sa.Column("target", sa.Unicode(256), nullable=False),
        sa.Column("target_name", sa.Unicode(640), nullable=False),
        sa.Column("address", sa.Unicode(64), nullable=False),
        sa.Column("device", sa.Unicode(512), nullable=False),
        sa.Column("request_id", sa.Unicode(128), nullable=False),
        sa.Column("before", LONG_TEXT, nullable=False),
        sa.Column("after", LONG_TEXT, nullable=False),
        sa.Column("previous_hash", sa.Unicode(64), nullable=False),
        sa.Column("hash", sa.Unicode(64), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_audit_entries"),
    )
    op.create_index("ix_audit_entries_at", "audit_entries", ["at"])
    op.create_index("ix_audit_entries_actor_id_seq", "audit_entries", ["actor_id", "seq"])
    op.create_index("ix_audit_entries_target_seq", "audit_entries", ["target", "seq"])
    head = op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.Unicode(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit_head"),
    )
    op.bulk_insert(head, [{"id": 1, "seq": 0, "hash": ""}])
    for statement in _APPEND_ONLY[op.get_context().dialect.name]:
        op.execute(statement)


def downgrade() -> None:
    """Go back to the one before."""
    if op.get_context().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_audit_change() CASCADE")
    for table in ("audit_head", "audit_entries", "password_resets", "invitations", "external_identities"):
        op.drop_table(table)
    for table in ("api_keys", "refresh_tokens", "sessions", "roles", "sign_in_failures"):
        op.drop_table(table)
    op.add_column("users", sa.Column("disabled", sa.Boolean(), nullable=False, server_default=sa.false()))
    for column in ("status", "deleted_at", "password_changed_at", "email_verified_at", "limits"):
        op.drop_column("users", column)
