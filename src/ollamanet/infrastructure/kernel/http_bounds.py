"""How long each phase of one HTTP exchange may take."""

import math
from collections.abc import Mapping
from typing import Any, Final, NamedTuple, Self

import httpx

TOTAL_TIMEOUT: Final = "total_timeout"
"""Request extension: seconds (> 0) from the call of the transport to the last byte of the answer."""

FIRST_BYTE_TIMEOUT: Final = "first_byte_timeout"
"""Request extension: seconds (> 0) from the end of the request to the answer's head; by default the `read` one."""

_NONE: Final[Mapping[str, float | None]] = {}


class DeadlineOver(httpx.ReadTimeout):
    """`TOTAL_TIMEOUT` is over; the server may be well."""


class Bounds(NamedTuple):
    """Time limits of one exchange, in seconds; `math.inf` for none. A tuple, because each request makes one.

    Attributes:
        connect: name resolution, TCP and TLS together.
        write: the longest pause while the request is sent.
        first_byte: from the end of the request to the head of the answer.
        read: the longest pause inside the answer.
        deadline: when all must be over, on the clock of the event loop.
    """

    connect: float = math.inf
    write: float = math.inf
    first_byte: float = math.inf
    read: float = math.inf
    deadline: float = math.inf

    @classmethod
    def of(cls, extensions: Mapping[str, Any], now: float) -> Self:
        """Read httpx's `timeout` extension and ours; there is nothing to wait for in a pool without a limit."""
        timeouts: Mapping[str, float | None] = extensions.get("timeout", _NONE)
        read = _seconds(timeouts.get("read"))
        total = _seconds(extensions.get(TOTAL_TIMEOUT))
        first_byte = extensions.get(FIRST_BYTE_TIMEOUT)
        return cls(
            connect=min(_seconds(timeouts.get("connect")), total),
            write=_seconds(timeouts.get("write")),
            first_byte=read if first_byte is None else first_byte,
            read=read,
            deadline=now + total,
        )


def _seconds(value: float | None) -> float:
    return math.inf if value is None else value
