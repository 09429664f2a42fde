"""The checks that come before any route: which hosts and which web pages may talk to a daemon on loopback."""

import ipaddress
import re
import socket
from typing import Final

_LOCAL_SUFFIXES: Final = (".localhost", ".local", ".internal")
_ORIGIN: Final = re.compile(
    r"https?://(localhost|127\.0\.0\.1|0\.0\.0\.0)(:\d+)?|(app|file|tauri|vscode-webview|vscode-file)://.*"
)


def may_enter(host: str, origin: str, *, on_loopback: bool) -> bool:
    """Whether a request is served; Ollama answers the others with 403 and no body.

    Args:
        host: the `Host` header, its port included.
        origin: the `Origin` header, empty where absent.
        on_loopback: whether the listener is bound to a loopback address; only then the host is checked.
    """
    if origin and _ORIGIN.fullmatch(origin) is None:
        return False
    return not on_loopback or _is_local(_without_port(host))


def is_loopback(host: str) -> bool:
    """Whether a listener at this host is reached from this machine only."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _without_port(host: str) -> str:
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.rpartition(":")[0] if host.count(":") == 1 else host


def _is_local(name: str) -> bool:
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        lower = name.lower()
        return lower in {"", "localhost", socket.gethostname().lower()} or lower.endswith(_LOCAL_SUFFIXES)
    return address.is_loopback or address.is_private or address.is_unspecified
