"""An account, kept from everybody else until the transaction ends."""

from sqlalchemy import Connection

from ollamanet.domain.identity.user import User
from ollamanet.domain.kernel.ids import UserId
from ollamanet.infrastructure.identity.sql_users import user_from
from ollamanet.infrastructure.identity.statements import LOCK_USER, USER_BY_ID
from ollamanet.infrastructure.kernel.audit_statements import LOCK_HEAD


def locked_account(connection: Connection, user_id: UserId) -> User | None:
    """The account as it is now; None when there is none.

    The head of the audit trail is locked before it, as by all who change accounts: no two of them wait for each other.
    """
    connection.execute(LOCK_HEAD)
    connection.execute(LOCK_USER, {"user_id": user_id})
    row = connection.execute(USER_BY_ID, {"user_id": user_id}).one_or_none()
    return None if row is None else user_from(row)
