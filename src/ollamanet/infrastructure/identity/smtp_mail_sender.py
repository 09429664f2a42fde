"""Mail by SMTP, in threads of its own, tried a few times."""

import asyncio
import smtplib
import ssl
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import dataclass, field
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid
from typing import Final, Literal, Self
from urllib.parse import parse_qs, unquote, urlsplit

from ollamanet.application.identity.mail import Mail
from ollamanet.application.kernel.clock import Clock
from ollamanet.domain.identity.names import Email

Security = Literal["starttls", "tls", "none"]
_PORTS: Final = {"starttls": 587, "tls": 465, "none": 25}


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """Where mail is handed over.

    Attributes:
        security: TLS after `STARTTLS`, which is then demanded; TLS from the first byte; or none.
        user, password: None where the server asks for neither.
    """

    host: str
    port: int
    security: Security = "starttls"
    user: str | None = None
    password: str | None = field(default=None, repr=False)

    @classmethod
    def parse(cls, url: str) -> Self:
        """Read `smtp://user:password@host:587?tls=starttls` (or `none`), or `smtps://...`.

        Raises:
            ValueError: it is not of this form.
        """
        split = urlsplit(url)
        options = parse_qs(split.query, strict_parsing=bool(split.query))
        said = options.pop("tls", ["starttls"])[-1] if split.scheme == "smtp" else "tls"
        if split.scheme not in {"smtp", "smtps"} or not split.hostname or options or split.path.strip("/"):
            raise ValueError(url)
        security: Security | None = next((each for each in ("starttls", "tls", "none") if each == said), None)
        if security is None or split.port == 0:
            raise ValueError(said)
        user, password = (None if text is None else unquote(text) for text in (split.username, split.password))
        return cls(split.hostname, split.port or _PORTS[security], security, user, password)


class MailNotSent(Exception):
    """Nobody took the letter; the message says why, and holds neither an address nor a secret."""


class SmtpMailSender:
    """Hands letters to one server; a letter that it refuses for good is not tried again."""

    def __init__(
        self,
        server: SmtpServer,
        sender: Email,
        clock: Clock,
        *,
        timeout: float = 10.0,
        pauses: Sequence[float] = (1.0, 5.0),
        trusted: ssl.SSLContext | None = None,
    ) -> None:
        """Prepare, without connecting.

        Args:
            server: which.
            sender: the address in `From`.
            clock: for `Date`.
            timeout: seconds (> 0) for each step of a conversation with the server.
            pauses: seconds (>= 0) before each further attempt.
            trusted: what its certificate is checked against; by default what the machine trusts.
        """
        self._server: Final = server
        self._from: Final = sender
        self._clock: Final = clock
        self._timeout: Final = timeout
        self._pauses: Final = pauses
        self._trusted: Final = trusted or ssl.create_default_context()
        self._threads: Final = ThreadPoolExecutor(2, thread_name_prefix="mail")

    async def bring(self, mail: Mail) -> None:
        """Hand it over.

        Raises:
            MailNotSent: it was refused, or the server could not be used, however often it was tried.
        """
        loop = asyncio.get_running_loop()
        try:
            message = self._message(mail)
        except (ValueError, MessageError) as error:
            raise MailNotSent(f"the letter cannot be written: {type(error).__name__}") from error
        for pause in (*self._pauses, None):
            try:
                return await loop.run_in_executor(self._threads, self._hand_over, message)
            except (smtplib.SMTPException, OSError) as error:
                if pause is None or _is_final(error):
                    raise MailNotSent(_told(error)) from error
                await asyncio.sleep(pause)
        return None

    def close(self) -> None:
        """Drop what waits, and let the threads end."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _message(self, mail: Mail) -> EmailMessage:
        # A header with a line break in it is refused by the policy.
        message = EmailMessage(policy=SMTP)
        message["Subject"] = mail.subject
        message["From"] = _address(self._from)
        message["To"] = _address(mail.to)
        message["Date"] = format_datetime(self._clock.now())
        message["Message-ID"] = make_msgid(domain=_address(self._from).domain)
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(mail.text, cte="quoted-printable")
        return message

    def _hand_over(self, message: EmailMessage) -> None:
        server = self._server
        # Closed without a word where something failed: to wait for the answer to QUIT can take as long as a time-out.
        with closing(self._connected()) as connection:
            if server.security == "starttls":
                connection.starttls(context=self._trusted)
            if server.user is not None:
                connection.login(server.user, server.password or "")
            connection.send_message(message)
            with suppress(smtplib.SMTPException, OSError):
                connection.quit()

    def _connected(self) -> smtplib.SMTP:
        server = self._server
        if server.security == "tls":
            return smtplib.SMTP_SSL(server.host, server.port, timeout=self._timeout, context=self._trusted)
        return smtplib.SMTP(server.host, server.port, timeout=self._timeout)


def _address(email: Email) -> Address:
    name, _, domain = email.text.rpartition("@")
    # Names of hosts go over the wire in ASCII; a name before the `@` beyond that is for servers with SMTPUTF8.
    return Address("", name, domain if domain.isascii() else domain.encode("idna").decode())


def _is_final(error: Exception) -> bool:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _ in error.recipients.values())
    if isinstance(error, smtplib.SMTPResponseException):
        return error.smtp_code >= 500
    return isinstance(error, smtplib.SMTPNotSupportedError | ssl.SSLCertVerificationError)


def _told(error: Exception) -> str:
    """What happened, without the server's own words: those may quote the address."""
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{type(error).__name__} {error.smtp_code}"
    return type(error).__name__
