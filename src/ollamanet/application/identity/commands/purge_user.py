"""An administrator has everything forgotten that tells who somebody was."""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from ollamanet.application.identity.administration import Administration, Administrator
from ollamanet.application.identity.administration_ports import AccountChange, PasswordSource, PersonalData
from ollamanet.application.identity.ports import PasswordHasher
from ollamanet.application.kernel.clock import Ids
from ollamanet.domain.identity.account_states import is_nameless, nameless
from ollamanet.domain.identity.roles import RoleBook
from ollamanet.domain.identity.user import User
from ollamanet.domain.kernel.ids import UserId


@dataclass(frozen=True, slots=True)
class PurgeUser:
    """Which account, deleted before or not."""

    by: Administrator
    user_id: UserId


@dataclass(frozen=True, slots=True)
class PurgeUserHandler:
    """Takes the account its names, then all modules what they keep.

    A row without a name is left: chats that are under way may still store something, and `PurgeExpiredUsers` looks
    once more before it erases that too. It also finishes what is interrupted here.
    """

    administration: Administration
    personal_data: PersonalData
    hasher: PasswordHasher
    passwords: PasswordSource
    ids: Ids

    async def __call__(self, command: PurgeUser) -> None:
        """Purge; again is harmless.

        Raises:
            Forbidden: the caller may not do this, or not to this account.
            NotFound: there is no such account.
            LastAdmin: nobody could administer afterwards.
        """
        await self.administration.find(command.by, command.user_id)
        password_hash = await self.hasher.hash(self.passwords.new())
        decide = partial(_purged, command, self.ids.new().hex, password_hash)
        await self.administration.change(command.by, command.user_id, decide)
        await self.personal_data.purge(command.user_id)


def _purged(
    command: PurgeUser, token: str, password_hash: str, user: User, _book: RoleBook, now: datetime
) -> AccountChange:
    if is_nameless(user):
        return AccountChange(user)
    # The entry that tells of the purge does not tell the name once more.
    entry = replace(command.by.did("user.purged", user, now), target_name="")
    return AccountChange(
        nameless(user, now, token),
        [entry],
        password_hash=password_hash,
        signs_out="deleted",
        forgives=True,
        erases=True,
    )
