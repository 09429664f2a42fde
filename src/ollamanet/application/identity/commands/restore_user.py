"""An administrator takes a deletion back."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial

from ollamanet.application.identity.administration import Administration, Administrator
from ollamanet.application.identity.administration_ports import AccountChange
from ollamanet.domain.identity.account_states import restored
from ollamanet.domain.identity.roles import RoleBook
from ollamanet.domain.identity.user import User
from ollamanet.domain.kernel.ids import UserId


@dataclass(frozen=True, slots=True)
class RestoreUser:
    """Which account."""

    by: Administrator
    user_id: UserId


@dataclass(frozen=True, slots=True)
class RestoreUserHandler:
    """Makes it what it was, within 30 days."""

    administration: Administration

    async def __call__(self, command: RestoreUser) -> User:
        """The account as it is now.

        Raises:
            Forbidden: the caller may not do this, or not to this account.
            NotFound: there is no such account.
            Conflict: it is not deleted, or was so too long ago, or was purged.
        """
        return await self.administration.change(command.by, command.user_id, partial(_restored, command))


def _restored(command: RestoreUser, user: User, _book: RoleBook, now: datetime) -> AccountChange:
    back = restored(user, now)
    before, after = {"status": user.status.value}, {"status": back.status.value}
    return AccountChange(back, [command.by.did("user.restored", user, now, before, after)])
