"""The address of a replica as an administrator may give it: reachable over HTTP, and nothing that must not be asked."""

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Final, Self
from urllib.parse import urlsplit

from ollamanet.domain.kernel.errors import InvalidRequest

LONGEST: Final = 400
"""Characters of an address."""

_PORTS: Final = {"http": 80, "https": 443}
_NAME: Final = re.compile(
    r"(?=.{1,253}\Z)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*\.?"
)
_PATH: Final = re.compile(r"(/[A-Za-z0-9._~-]+)*/?")
_NUMERIC: Final = re.compile(r"[0-9]+|0x[0-9a-f]*")
# Ranges that stand for the IPv4 address in their last 32 bits: NAT64, the networks' own, SIIT, and long ago all of it.
_TRANSLATED: Final = tuple(map(IPv6Network, ("64:ff9b::/96", "64:ff9b:1::/48", "::ffff:0:0:0/96", "::/96")))
_LOOPBACK: Final = IPv6Address("::1")
_EXPECTED: Final = "url: expected an address such as http://gpu1:11434 or https://host/path"

# Where clouds answer with credentials of the machine, outside of the link-local range.
_METADATA: Final = frozenset(
    map(ip_address, ("100.100.100.200", "168.63.129.16", "192.0.0.192", "fd00:ec2::254", "fd20:ce::254"))
)


@dataclass(frozen=True, slots=True)
class ReplicaUrl:
    """Where an Ollama daemon is: `str()` is the one form in which two spellings of an address are equal."""

    scheme: str
    host: str
    port: int
    path: str = ""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read and check an address.

        Raises:
            InvalidRequest: it is none, has a user name, a query or a fragment, or must not be asked.
        """
        if len(text) > LONGEST or not re.fullmatch(r"[!-~]+", text) or "\\" in text:
            raise InvalidRequest(f"{_EXPECTED}, of at most {LONGEST} printable ASCII characters")
        try:
            split = urlsplit(text)
            scheme, host, port = split.scheme, split.hostname or "", split.port
        except ValueError:
            raise InvalidRequest(_EXPECTED) from None
        if scheme not in _PORTS:
            raise InvalidRequest(f"{_EXPECTED}: only http and https")
        if "@" in split.netloc or re.search(r"[?#]", text):
            raise InvalidRequest(f"{_EXPECTED}, without user name, query or fragment")
        if port == 0 or split.netloc.endswith(":") or not _PATH.fullmatch(split.path) or "/.." in split.path:
            raise InvalidRequest(_EXPECTED)
        return cls(scheme, _host(host, bracketed="[" in split.netloc), port or _PORTS[scheme], split.path.rstrip("/"))

    @property
    def name(self) -> str:
        """Host and port: what the replica is called when nobody names it."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def __str__(self) -> str:
        return f"{self.scheme}://{self.name}{self.path}"


def check_address(address: str) -> None:
    """Refuse an IP address behind which there is no replica, but maybe the secrets of a cloud machine.

    Args:
        address: as a resolver tells it.

    Raises:
        InvalidRequest: it is link-local, a known metadata service, multicast, or no address of a machine.
    """
    found = _plain(ip_address(address.partition("%")[0]))
    if found.is_link_local or found in _METADATA:
        raise InvalidRequest("url: link-local addresses and metadata services are no replicas")
    if found.is_multicast or found.is_unspecified or (isinstance(found, IPv4Address) and found.is_reserved):
        raise InvalidRequest("url: expected the address of one machine")


def _host(host: str, *, bracketed: bool) -> str:
    if bracketed:
        try:
            found = IPv6Address(host)
        except ValueError:
            raise InvalidRequest(_EXPECTED) from None
        check_address(str(found))
        return str(found).partition("%")[0]
    # A resolver reads 2852039166, 0xa9fea9fe and 169.254.43518 as addresses: a name must not end in a number.
    if _NUMERIC.fullmatch(host.rstrip(".").rpartition(".")[2]):
        try:
            address = IPv4Address(host)
        except ValueError:
            raise InvalidRequest("url: expected an IPv4 address as four decimal numbers") from None
        check_address(str(address))
        return str(address)
    if not _NAME.fullmatch(host):
        raise InvalidRequest(_EXPECTED)
    return host


def _plain(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The IPv4 address that an IPv6 address stands for, if it does."""
    if isinstance(address, IPv4Address):
        return address
    if address != _LOOPBACK and any(address in each for each in _TRANSLATED):
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address
