"""Checks of settings that are written as text: addresses, URLs, origins, names.

Each takes what was given and returns it in the one form that the program uses, or raises ValueError whose message
says what was expected; the message never repeats what was given.
"""

import ipaddress
import re
from typing import Final
from urllib.parse import urlsplit

from ollamanet.domain.kernel.errors import InvalidRequest
from ollamanet.domain.kernel.model_name import ModelName
from ollamanet.infrastructure.kernel.database_url import driver_url

_HOST: Final = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9._-]{0,251}[A-Za-z0-9_.])?")
_PORTS: Final = {"": 11434, "http": 80, "https": 443}
# An address to listen on is no address to call: Ollama's clients mean the same machine by it.
_SAME_MACHINE: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 # nothing is bound here


def replica(text: str) -> str:
    """An Ollama address as Ollama itself spells it, as a base URL `scheme://host:port[/path]` without a final slash.

    `host`, `host:port`, `:port`, `[::1]:11434`, `http://host:port/path`; port 11434, or 80 and 443 after a scheme.
    """
    scheme, mark, rest = text.strip().rpartition("://")
    scheme = scheme.lower()
    authority, slash, path = rest.partition("/")
    if (mark and scheme not in {"http", "https"}) or not authority or re.search(r"[@?#\s\\]", rest):
        raise ValueError(
            "an address such as http://127.0.0.1:11434, gpu1:11434 or https://host/path, without user name or query"
        )
    host, port = _host_and_port(authority, _PORTS[scheme])
    host = _SAME_MACHINE.get(host, host)
    shown = f"[{host}]" if ":" in host else host
    return f"{scheme or 'http'}://{shown}:{port}{(slash + path).rstrip('/')}"


def _host_and_port(authority: str, default_port: int) -> tuple[str, int]:
    bare = _ipv6(authority)
    if bare is not None:
        return bare, default_port
    name, colon, digits = authority.rpartition(":") if ":" in authority else (authority, "", "")
    port = int(digits) if re.fullmatch(r"[0-9]{1,5}", digits) else -1 if colon else default_port
    if not 0 < port <= 65535:
        raise ValueError("an address whose port is a number from 1 to 65535")
    return listen_host(name) if name else "127.0.0.1", port


def _ipv6(text: str) -> str | None:
    bare = re.fullmatch(r"\[?([0-9A-Fa-f:.]+)\]?", text)
    if bare is None or text.startswith("[") != text.endswith("]"):
        return None
    try:
        return str(ipaddress.IPv6Address(bare[1]))
    except ValueError:
        return None


def listen_host(text: str) -> str:
    """A host name or an IP address, without scheme, port or brackets."""
    address = _ipv6(text)
    if address is None and not _HOST.fullmatch(text):
        raise ValueError("a host name or an IP address, such as 127.0.0.1, ::1 or gpu1.example.org")
    return address or text


def database(text: str) -> str:
    """The address of an SQLite file, of PostgreSQL or of SQL Server, with the driver that we ship for it."""
    try:
        return driver_url(text.strip()).render_as_string(hide_password=False)
    except ValueError:
        raise ValueError(
            "a URL such as sqlite:///path/to/file.db, postgresql://user@host/name or mssql://user@host/name"
        ) from None


def redis(text: str) -> str:
    """A URL of a Redis server."""
    return _url(text, {"redis", "rediss", "unix"}, "a URL such as redis://host:6379/0, rediss://host or unix:///path")


def amqp(text: str) -> str:
    """A URL of a RabbitMQ server."""
    return _url(text, {"amqp", "amqps"}, "a URL such as amqp://user@host:5672/")


def http_url(text: str) -> str:
    """An HTTP address, without a final slash."""
    return _url(text, {"http", "https"}, "a URL such as http://127.0.0.1:4318").rstrip("/")


def origin(text: str) -> str:
    """What a browser sends as `Origin`: scheme, host and perhaps a port; or `*` for any."""
    message = "origins such as https://chat.example.org, without path, or *"
    if text == "*":
        return text
    url = _url(text, {"http", "https"}, message).removesuffix("/").lower()
    if re.search(r"[/?#@]", url.partition("://")[2]):
        raise ValueError(message)
    return url


def _url(text: str, schemes: set[str], message: str) -> str:
    stripped = text.strip()
    try:
        split = urlsplit(stripped)
        usable = split.scheme in schemes and bool(split.path if split.scheme == "unix" else split.hostname)
        port_is_usable = split.port is None or split.port > 0
    except ValueError:
        raise ValueError(message) from None
    if not usable or not port_is_usable or re.search(r"\s", stripped):
        raise ValueError(message)
    return stripped


def model(text: str) -> str:
    """The name of a model, with its tag."""
    try:
        return str(ModelName.parse(text))
    except InvalidRequest:
        raise ValueError("the name of a model, such as llama3 or namespace/model:tag") from None
