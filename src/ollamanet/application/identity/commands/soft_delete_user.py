"""An administrator deletes an account, for the time being."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial

from ollamanet.application.identity.administration import Administration, Administrator
from ollamanet.application.identity.administration_ports import AccountChange
from ollamanet.domain.identity.account_states import deleted
from ollamanet.domain.identity.roles import RoleBook
from ollamanet.domain.identity.user import User
from ollamanet.domain.kernel.ids import UserId


@dataclass(frozen=True, slots=True)
class SoftDeleteUser:
    """Which account."""

    by: Administrator
    user_id: UserId


@dataclass(frozen=True, slots=True)
class SoftDeleteUserHandler:
    """Signs it out; names and data are kept for 30 days."""

    administration: Administration

    async def __call__(self, command: SoftDeleteUser) -> User:
        """The account as it is now; one that was deleted before is so since then.

        Raises:
            Forbidden: the caller may not do this, or not to this account.
            NotFound: there is no such account.
            LastAdmin: nobody could administer afterwards.
        """
        return await self.administration.change(command.by, command.user_id, partial(_deleted, command))


def _deleted(command: SoftDeleteUser, user: User, _book: RoleBook, now: datetime) -> AccountChange:
    gone = deleted(user, now)
    if gone is user:
        return AccountChange(user)
    before, after = {"status": user.status.value}, {"status": gone.status.value}
    return AccountChange(gone, [command.by.did("user.deleted", user, now, before, after)], signs_out="deleted")
