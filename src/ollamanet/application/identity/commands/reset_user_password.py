"""An administrator gives somebody a new password."""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from ollamanet.application.identity.administration import Administration, Administrator
from ollamanet.application.identity.administration_ports import AccountChange, PasswordSource
from ollamanet.application.identity.ports import PasswordHasher
from ollamanet.domain.identity.account_states import require_there
from ollamanet.domain.identity.password import Password
from ollamanet.domain.identity.roles import RoleBook
from ollamanet.domain.identity.user import User
from ollamanet.domain.kernel.ids import UserId


@dataclass(frozen=True, slots=True)
class ResetUserPassword:
    """Whose."""

    by: Administrator
    user_id: UserId


@dataclass(frozen=True, slots=True)
class ResetUserPasswordHandler:
    """Makes a random one; whoever was signed in with the old one is not any more."""

    administration: Administration
    hasher: PasswordHasher
    passwords: PasswordSource

    async def __call__(self, command: ResetUserPassword) -> Password:
        """The new password: it is not kept, so this is the only time it is seen.

        Raises:
            Forbidden: the caller may not do this, or not to this account.
            NotFound: there is no such account.
            Conflict: it is deleted.
        """
        require_there(await self.administration.find(command.by, command.user_id))
        password = self.passwords.new()
        password_hash = await self.hasher.hash(password)
        await self.administration.change(command.by, command.user_id, partial(_reset, command, password_hash))
        return password


def _reset(command: ResetUserPassword, password_hash: str, user: User, _book: RoleBook, now: datetime) -> AccountChange:
    require_there(user)
    return AccountChange(
        replace(user, password_changed_at=now),
        [command.by.did("user.password_reset", user, now)],
        password_hash=password_hash,
        signs_out="password_reset",
        forgives=True,
    )
