"""Mail: what is written to people, and whoever brings it."""

from dataclasses import dataclass, field
from itertools import count
from typing import Final, Protocol

from ollamanet.application.kernel.background import Background
from ollamanet.domain.identity.names import Email

_NUMBERS: Final = count()


@dataclass(frozen=True, slots=True)
class Mail:
    """A letter in plain text; its text may hold a secret, so no representation shows it.

    Attributes:
        subject: one line.
        text: lines, separated by a newline.
    """

    to: Email
    subject: str
    text: str = field(repr=False)


class MailSender(Protocol):
    """Brings letters, never on the event loop, and in bounded time."""

    async def send(self, mail: Mail) -> bool:
        """Try to bring it; what cannot be brought is logged and counted, without its text.

        Returns:
            Whether somebody took it who will go on with it.
        """
        ...


class MailMeter(Protocol):
    """Counts letters."""

    def mail_ended(self, outcome: str) -> None:
        """One is `sent`, `failed`, or was `dropped` because too many waited."""
        ...


@dataclass(frozen=True, slots=True)
class PostOffice:
    """Takes letters from those who do not wait for them."""

    sender: MailSender
    background: Background
    meter: MailMeter

    def post(self, mail: Mail) -> None:
        """Bring it beside the requests."""

        async def bring() -> None:
            await self.sender.send(mail)

        if not self.background.start(("mail", next(_NUMBERS)), bring):
            self.meter.mail_ended("dropped")
