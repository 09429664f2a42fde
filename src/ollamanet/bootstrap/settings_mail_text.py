"""Checks of settings about mail and proxies; as in `settings_text`, a message never repeats what was given."""

from typing import Final

from ollamanet.bootstrap.settings_text import http_url
from ollamanet.domain.identity.names import Email
from ollamanet.domain.kernel.addresses import network as parsed_network
from ollamanet.domain.kernel.errors import InvalidRequest
from ollamanet.infrastructure.identity.smtp_mail_sender import SmtpServer

_NEAR: Final = {"127.0.0.1", "::1", "localhost"}


def smtp(text: str) -> str:
    """The URL of a mail server; a password never goes over the network without TLS."""
    try:
        server = SmtpServer.parse(text.strip())
    except ValueError:
        raise ValueError("a URL such as smtp://user:password@host:587?tls=starttls or smtps://host") from None
    if server.user is not None and server.security == "none" and server.host not in _NEAR:
        raise ValueError("a URL with TLS, because there is a password in it")
    return text.strip()


def mail_address(text: str) -> str:
    """An email address without a name before it."""
    try:
        return str(Email.parse(text.strip()))
    except InvalidRequest:
        raise ValueError("an address such as ollamanet@example.org") from None


def public_url(text: str) -> str:
    """Where people find the service, without a final slash, query or user name."""
    url = http_url(text)
    if set(url) & set("?#@"):
        raise ValueError("a URL such as https://chat.example.org")
    return url


def network(text: str) -> str:
    """A network, or an address, which is a network of one."""
    try:
        return str(parsed_network(text))
    except ValueError:
        raise ValueError("networks such as 10.0.0.0/8 or addresses such as 192.168.1.10") from None
