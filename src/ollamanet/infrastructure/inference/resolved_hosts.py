"""Names of hosts, asked of the system's resolver."""

import asyncio
import socket
from collections.abc import Sequence
from dataclasses import dataclass

from ollamanet.domain.kernel.errors import InvalidRequest


@dataclass(frozen=True, slots=True)
class ResolvedHosts:
    """Satisfies `HostAddresses`.

    Attributes:
        timeout: seconds (> 0) for an answer.
    """

    timeout: float = 5.0

    async def of(self, host: str) -> Sequence[str]:
        """Every IP address of the host."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self.timeout):
                found = await loop.getaddrinfo(host, None, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError, TimeoutError):
            raise InvalidRequest("url: the name of its host cannot be resolved") from None
        return sorted({str(address[0]) for *_, address in found})
