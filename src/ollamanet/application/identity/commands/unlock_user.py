"""An administrator unlocks an account."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial

from ollamanet.application.identity.administration import Administration, Administrator
from ollamanet.application.identity.administration_ports import AccountChange
from ollamanet.domain.identity.account_states import with_status
from ollamanet.domain.identity.roles import RoleBook
from ollamanet.domain.identity.user import User, UserStatus
from ollamanet.domain.kernel.ids import UserId


@dataclass(frozen=True, slots=True)
class UnlockUser:
    """Which account."""

    by: Administrator
    user_id: UserId


@dataclass(frozen=True, slots=True)
class UnlockUserHandler:
    """Takes back what an administrator locked, and what failed sign-ins did."""

    administration: Administration

    async def __call__(self, command: UnlockUser) -> User:
        """The account as it is now.

        Raises:
            Forbidden: the caller may not do this, or not to this account.
            NotFound: there is no such account.
            Conflict: it is deleted.
        """
        return await self.administration.change(command.by, command.user_id, partial(_unlocked, command))


def _unlocked(command: UnlockUser, user: User, _book: RoleBook, now: datetime) -> AccountChange:
    before, after = {"status": user.status.value}, {"status": UserStatus.ACTIVE.value}
    entry = command.by.did("user.unlocked", user, now, before, after)
    return AccountChange(with_status(user, UserStatus.ACTIVE), [entry], forgives=True)
