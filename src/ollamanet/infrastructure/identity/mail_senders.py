"""Where letters go: counted on their way by SMTP, onto the console of a developer, or nowhere."""

import logging
import sys
from dataclasses import dataclass
from typing import Final, Protocol

from ollamanet.application.identity.mail import Mail, MailMeter
from ollamanet.infrastructure.identity.smtp_mail_sender import MailNotSent

_log: Final = logging.getLogger(__name__)


class Bearer(Protocol):
    """What brings a letter or fails."""

    async def bring(self, mail: Mail, /) -> None:
        """Bring it.

        Raises:
            MailNotSent: it could not.
        """
        ...


@dataclass(frozen=True, slots=True)
class CountedMailSender:
    """A `MailSender` that logs and counts what becomes of a letter."""

    bearer: Bearer
    meter: MailMeter

    async def send(self, mail: Mail) -> bool:
        """Bring it, if it can be brought."""
        try:
            await self.bearer.bring(mail)
        except MailNotSent as failure:
            _log.warning("a mail was not sent (%s): %s", mail.subject, failure)
            self.meter.mail_ended("failed")
            return False
        self.meter.mail_ended("sent")
        return True


class ConsoleMail:
    """Prints letters, so that a developer can use what is in them without a mail server."""

    async def bring(self, mail: Mail) -> None:
        """Print it to standard error."""
        lines = "".join(f"  | {line}\n" for line in mail.text.splitlines())
        sys.stderr.write(f"mail to {mail.to}: {mail.subject}\n{lines}")
        sys.stderr.flush()


class NoMail:
    """Brings nothing: secrets of others are not for the log of a service in production."""

    async def bring(self, _mail: Mail) -> None:
        """Say so."""
        raise MailNotSent("OLLAMANET_SMTP_URL is not set")
