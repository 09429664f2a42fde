"""Network addresses as they are compared: one spelling each, and of a request the one that can be trusted."""

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final, Self

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_MOST_HOPS: Final = 32
_LONGEST: Final = 64
_HOUSE: Final = 64
"""Bits of an IPv6 address that one customer usually has to himself; the rest he can change at will."""


def address_of(text: str) -> Address | None:
    """Read an address, with a port or a zone or without; an IPv4 address mapped into IPv6 is the IPv4 address."""
    text = text.strip()
    if not text or len(text) > _LONGEST:
        return None
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def neighbourhood(text: str) -> str:
    """What limits by address count under: an IPv4 address, the /64 of an IPv6 address, anything else as it is."""
    address = address_of(text)
    if isinstance(address, IPv6Address):
        return str(IPv6Network((address, _HOUSE), strict=False))
    return text if address is None else str(address)


def network(text: str) -> Network:
    """Read a network, `10.0.0.0/8`, or an address, which is a network of one.

    Raises:
        ValueError: it is neither, or bits of the host are set.
    """
    return ip_network(text.strip())


@dataclass(frozen=True, slots=True)
class TrustedProxies:
    """The proxies whose word is taken for where a request came from.

    Attributes:
        networks: theirs; with none of them nobody's word is taken.
    """

    networks: tuple[Network, ...] = ()

    @classmethod
    def parse(cls, texts: Sequence[str]) -> Self:
        """Read their networks.

        Raises:
            ValueError: one of them is no network.
        """
        return cls(tuple(network(text) for text in texts))

    def client(self, peer: str, forwarded: Sequence[str]) -> str:
        """Where a request came from.

        Args:
            peer: who is at the other end of the connection; "" for a socket without addresses.
            forwarded: values of `X-Forwarded-For` in the order in which they came, unchecked.

        Returns:
            The nearest address that is not of a trusted proxy, in one spelling. Whatever stands before it may be
            made up, and so may all of the header, when the peer is no trusted proxy.
        """
        here = address_of(peer)
        if here is None or not self.networks:
            return peer if here is None else str(here)
        hops = ",".join(forwarded).rsplit(",", _MOST_HOPS)[-_MOST_HOPS:]
        while self._trusts(here) and hops:
            before = address_of(hops.pop())
            if before is None:
                break
            here = before
        return str(here)

    def _trusts(self, address: Address) -> bool:
        return any(address in network for network in self.networks)
