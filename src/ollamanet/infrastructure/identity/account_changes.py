"""Carries out what was decided about an account, within a transaction that holds the head of the audit trail."""

from datetime import datetime

from sqlalchemy import Connection

from ollamanet.application.identity.administration_ports import AccountChange
from ollamanet.application.identity.sign_in_guard import subjects_of
from ollamanet.domain.identity.text import folded
from ollamanet.domain.identity.user import Role, User
from ollamanet.infrastructure.identity import user_admin_statements as statements
from ollamanet.infrastructure.identity.last_admin import require_another_admin
from ollamanet.infrastructure.identity.recovery_statements import SPEND_RESETS
from ollamanet.infrastructure.identity.session_revocation import revoke_sessions
from ollamanet.infrastructure.identity.sign_in_statements import CLEAR_FAILURES
from ollamanet.infrastructure.identity.sql_sign_in_failures import cleared
from ollamanet.infrastructure.identity.sql_users import user_parameters
from ollamanet.infrastructure.identity.statements import REHASH_PASSWORD, UPDATE_USER
from ollamanet.infrastructure.kernel.audit_log import append


def carry_out_change(connection: Connection, before: User, change: AccountChange, at: datetime) -> User:
    """Write the change, all of it.

    Raises:
        LastAdmin: nobody could administer afterwards.
    """
    after, theirs = change.user, {"owner": before.id}
    if _administers(before) and not _administers(after):
        require_another_admin(connection, before.id)
    if change.erases:
        forget_traces(connection, before)
    if after != before:
        values = user_parameters(after)
        connection.execute(UPDATE_USER, values | {"user_id": values.pop("id")})
    if change.password_hash is not None:
        connection.execute(REHASH_PASSWORD, {"user_id": before.id, "new_hash": change.password_hash})
    if change.signs_out is not None:
        revoke_sessions(connection, before.id, at=at, because=change.signs_out)
    if change.signs_out is not None or after.email != before.email:
        connection.execute(SPEND_RESETS, theirs | {"now": at})
    if change.forgives:
        connection.execute(CLEAR_FAILURES, cleared(subjects_of(before)))
    if change.audit:
        append(connection, change.audit)
    return after


def forget_traces(connection: Connection, user: User) -> None:
    """Remove everything beside the account itself that tells who its owner is or where he was."""
    theirs = {"owner": user.id}
    for statement in (
        statements.DELETE_SESSIONS,
        statements.DELETE_KEYS,
        statements.DELETE_RESETS,
        statements.DELETE_IDENTITIES,
        statements.DELETE_USED_INVITATIONS,
    ):
        connection.execute(statement, theirs)
    connection.execute(CLEAR_FAILURES, cleared(subjects_of(user)))
    # An invitation has the address as somebody typed it; which spellings are one, the database does not know.
    for row in connection.execute(statements.INVITED).all():
        if folded(row.email) == user.email.key:
            connection.execute(statements.DELETE_INVITATION, {"invitation_id": row.id})


def _administers(user: User) -> bool:
    return user.usable and Role.ADMIN.value in user.roles
