"""An administrator locks an account."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final

from ollamanet.application.identity.administration import Administration, Administrator
from ollamanet.application.identity.administration_ports import AccountChange
from ollamanet.domain.identity.account_states import with_status
from ollamanet.domain.identity.roles import RoleBook
from ollamanet.domain.identity.user import User, UserStatus
from ollamanet.domain.kernel.errors import InvalidRequest
from ollamanet.domain.kernel.ids import UserId

_LONGEST_REASON: Final = 500


@dataclass(frozen=True, slots=True)
class LockUser:
    """Which account, and why, for the record."""

    by: Administrator
    user_id: UserId
    reason: str = ""


@dataclass(frozen=True, slots=True)
class LockUserHandler:
    """Locks it until somebody unlocks it, and signs it out."""

    administration: Administration

    async def __call__(self, command: LockUser) -> User:
        """The account as it is now.

        Raises:
            InvalidRequest: the reason has more than 500 characters.
            Forbidden: the caller may not do this, or not to this account.
            NotFound: there is no such account.
            Conflict: it is deleted.
            LastAdmin: nobody could administer afterwards.
        """
        if len(command.reason) > _LONGEST_REASON:
            raise InvalidRequest(f"reason: expected at most {_LONGEST_REASON} characters")
        return await self.administration.change(command.by, command.user_id, partial(_locked, command))


def _locked(command: LockUser, user: User, _book: RoleBook, now: datetime) -> AccountChange:
    before, after = {"status": user.status.value}, {"status": UserStatus.LOCKED.value, "reason": command.reason}
    entry = command.by.did("user.locked", user, now, before, after)
    return AccountChange(with_status(user, UserStatus.LOCKED), [entry], signs_out="locked")
