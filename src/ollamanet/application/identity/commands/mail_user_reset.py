"""An administrator has somebody set a new password by mail."""

from dataclasses import dataclass
from typing import Protocol

from ollamanet.application.identity.administration import Administrator
from ollamanet.application.identity.commands.reset_user_password import ResetUserPassword, ResetUserPasswordHandler
from ollamanet.application.identity.ports import Users
from ollamanet.application.kernel.audit import Agent, Origin
from ollamanet.domain.identity.user import User
from ollamanet.domain.kernel.errors import Conflict
from ollamanet.domain.kernel.ids import UserId
from ollamanet.domain.kernel.permissions import Permission


class ResetMail(Protocol):
    """Brings people what they need to set a new password."""

    async def send(self, user: User, *, by: Agent, origin: Origin) -> bool:
        """Mail a token; False when the account got enough of them, may not be used, or mail does not work."""
        ...


@dataclass(frozen=True, slots=True)
class MailUserReset:
    """To whom."""

    by: Administrator
    user_id: UserId


@dataclass(frozen=True, slots=True)
class MailUserResetHandler:
    """Replaces the password by one that nobody sees, and mails a token for the next one.

    Attributes:
        mail: None where no mail server is configured.
    """

    reset: ResetUserPasswordHandler
    users: Users
    mail: ResetMail | None

    async def __call__(self, command: MailUserReset) -> bool:
        """Whether the token was mailed; the old password and the sessions have ended in any case.

        Raises:
            Forbidden: the caller may not do this, or not to this account.
            NotFound: there is no such account.
            Conflict: it is deleted, or there is no mail server; then nothing is changed.
        """
        command.by.means.require(Permission.USERS_WRITE)
        if self.mail is None:
            raise Conflict("no mail server is configured; have the new password shown instead")
        await self.reset(ResetUserPassword(command.by, command.user_id))
        user = await self.users.find(command.user_id)
        return user is not None and await self.mail.send(user, by=command.by.agent, origin=command.by.origin)
