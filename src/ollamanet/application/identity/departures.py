"""What deleting an account needs from the outside."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from ollamanet.application.kernel.audit import AuditEntry
from ollamanet.domain.identity.user import User
from ollamanet.domain.kernel.ids import UserId


class Departures(Protocol):
    """Where accounts are deleted, with all that lets somebody in by them."""

    async def delete(self, user_id: UserId, *, at: datetime, entry: Callable[[User], AuditEntry]) -> User:
        """Mark the account deleted, end its sessions and revoke its API keys, all or nothing.

        Args:
            user_id: whose.
            at: when, aware, UTC.
            entry: what the audit trail is to have, made from the account as it was; pure.

        Returns:
            The account as it is now.

        Raises:
            NotFound: there is no such account.
            Conflict: it is deleted already.
            LastAdmin: nobody else could administer.
        """
        ...


class KnownCallers(Protocol):
    """Whoever remembers for a moment who a token stands for."""

    def forget_user(self, user_id: UserId) -> None:
        """Look at all tokens and keys of the account again when they come next; at once, without waiting."""
        ...

    def forget_key(self, key: str) -> None:
        """The same for one API key, by its id as `Actor.key` has it."""
        ...
