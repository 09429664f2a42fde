"""What was deleted long enough ago is forgotten for good."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from ollamanet.application.identity.administration_ports import AdministeredUsers, PersonalData
from ollamanet.application.kernel.audit import RETENTION, AuditEntry, Origin
from ollamanet.application.kernel.clock import Clock
from ollamanet.domain.identity.account_states import ERASED_AFTER
from ollamanet.domain.identity.user import User

_BY_ITSELF: Final = Origin(device="after 30 days")


@dataclass(frozen=True, slots=True)
class PurgeExpiredUsers:
    """Asks for the next few.

    Attributes:
        batch: accounts at most (>= 1).
    """

    batch: int = 50


@dataclass(frozen=True, slots=True)
class PurgeExpiredUsersHandler:
    """Erases accounts that can no longer be restored, with what all modules keep of them."""

    users: AdministeredUsers
    personal_data: PersonalData
    clock: Clock

    async def __call__(self, command: PurgeExpiredUsers) -> int:
        """How many were erased; none, and none are left."""
        now = self.clock.now()
        due = now - ERASED_AFTER
        erased = 0
        for user in await self.users.deleted_before(due, limit=command.batch):
            # Their own data first: without the account nobody would find what a crash in between left behind.
            await self.personal_data.purge(user.id)
            erased += await self.users.erase(user.id, deleted_before=due, audit=[_entry(user, now)])
        return erased


def _entry(user: User, now: datetime) -> AuditEntry:
    return AuditEntry("user.erased", RETENTION, _BY_ITSELF, now, f"user:{user.id}")
