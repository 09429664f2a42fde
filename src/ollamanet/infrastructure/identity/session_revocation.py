"""Ends all sessions of an account as part of somebody else's transaction."""

from datetime import datetime

from sqlalchemy import Connection

from ollamanet.domain.kernel.ids import SessionId, UserId
from ollamanet.infrastructure.identity import session_statements as statements


def revoke_sessions(
    connection: Connection,
    user_id: UserId,
    *,
    at: datetime,
    because: str,
    except_session: SessionId | None = None,
) -> int:
    """End them on a connection that is in a transaction; how many went on before.

    A transaction that also appends to the audit trail has to lock the head of that first (`LOCK_HEAD`, or `append`).
    """
    values: dict[str, object] = {"of_user": user_id, "at": at, "because": because}
    if except_session is None:
        return connection.execute(statements.REVOKE_SESSIONS_OF_USER, values).rowcount
    values["except_session"] = except_session
    return connection.execute(statements.REVOKE_OTHER_SESSIONS_OF_USER, values).rowcount
