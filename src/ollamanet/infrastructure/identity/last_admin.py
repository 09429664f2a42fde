"""Keeps an installation from losing its last administrator, however many try at once on however many instances."""

from sqlalchemy import Connection

from ollamanet.domain.identity.errors import LastAdmin
from ollamanet.domain.kernel.ids import UserId
from ollamanet.infrastructure.identity.last_admin_statements import ACTIVE_ADMINS
from ollamanet.infrastructure.kernel.audit_statements import LOCK_HEAD


def require_another_admin(connection: Connection, than: UserId) -> None:
    """Refuse to take the role `Admin`, or the use of his account, from the only one who has both.

    To be called in the transaction that takes it, before the change: whoever asks the same waits until it ends.

    Args:
        connection: in a transaction that writes.
        than: whose account is to be demoted, locked or deleted; for one that is no active administrator nothing is
            refused.

    Raises:
        LastAdmin: no other account that may be used has the role.
    """
    connection.execute(LOCK_HEAD)
    admins = {UserId(row.id) for row in connection.execute(ACTIVE_ADMINS)}
    if admins == {than}:
        raise LastAdmin
