"""Somebody forgot his password."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from ollamanet.application.identity.mail import MailMeter
from ollamanet.application.identity.ports import Users
from ollamanet.application.identity.reset_letters import ResetLetters
from ollamanet.application.kernel.audit import Agent, Origin
from ollamanet.application.kernel.background import Background
from ollamanet.domain.identity.names import Email, Login


@dataclass(frozen=True, slots=True)
class ForgotPassword:
    """What was typed into the form, unchecked."""

    email: str
    origin: Origin


@dataclass(frozen=True, slots=True)
class ForgotPasswordHandler:
    """Answers before it looks for the account, so that nothing of the answer can depend on it.

    Attributes:
        delay: seconds (>= 0) to wait before the work, another number each time: what is answered next would else be
            slower when there is an account, and there is more to do.
    """

    users: Users
    letters: ResetLetters
    background: Background
    meter: MailMeter
    delay: Callable[[], float]

    async def __call__(self, command: ForgotPassword) -> None:
        """See to it that a mail is sent, if there is anybody to send it to.

        Raises:
            InvalidRequest: it is no address.
        """
        login = Login(Email.parse(command.email).key)

        async def work() -> None:
            await asyncio.sleep(self.delay())
            found = await self.users.find_credentials(login)
            if found is not None:
                await self.letters.send(found.user, by=Agent(None, str(found.user.username)), origin=command.origin)

        # One at a time for an address: whoever asks twice at once means one mail.
        if not self.background.start(("reset", login.key), work):
            self.meter.mail_ended("dropped")
