"""An account is deleted, by its owner or by an administrator; it can be restored for 30 days."""

from dataclasses import dataclass

from ollamanet.application.identity.departures import Departures, KnownCallers
from ollamanet.application.kernel.audit import Agent, AuditEntry, Origin
from ollamanet.application.kernel.clock import Clock
from ollamanet.domain.identity.user import User
from ollamanet.domain.kernel.ids import UserId


@dataclass(frozen=True, slots=True)
class DeleteUser:
    """Whose account, and who wants it so; he has the right to."""

    user_id: UserId
    by: Agent
    origin: Origin


@dataclass(frozen=True, slots=True)
class DeleteUserHandler:
    """Takes away every way in; what the account has is kept."""

    departures: Departures
    callers: KnownCallers
    clock: Clock

    async def __call__(self, command: DeleteUser) -> User:
        """Delete the account.

        Returns:
            It, as it is now; `kept_until` says how long it can be restored.

        Raises:
            NotFound: there is no such account.
            Conflict: it is deleted already.
            LastAdmin: nobody else could administer.
        """
        now = self.clock.now()

        def entry(was: User) -> AuditEntry:
            return AuditEntry(
                "user.deleted",
                command.by,
                command.origin,
                now,
                target=f"user:{was.id}",
                target_name=str(was.username),
                before={"status": was.status.value},
                after={"status": "deleted"},
            )

        deleted = await self.departures.delete(command.user_id, at=now, entry=entry)
        self.callers.forget_user(command.user_id)
        return deleted
