"""What every response says of the limits that hold for its caller."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol

from ollamanet.application.kernel.actor import Actor

TELLS_RATES: Final = "tells_rates"
"""A route whose `opt` has this set takes of the caller's minute, and its responses say what is left of it."""


class LimitHeaders(Protocol):
    """Asked at the start of every response: neither method may wait, or raise."""

    def service(self, actor: Actor | None) -> bytes:
        """The value of `X-Service-Limits`, an RFC 9651 dictionary; None for somebody who did not sign in."""
        ...

    def rates(self, actor: Actor) -> Sequence[tuple[bytes, bytes]]:
        """The `x-ratelimit-...` headers."""
        ...


def tells_rates(scope: Mapping[str, Any]) -> bool:
    """Whether the route that a request was led to says what is left of the minute."""
    handler = scope.get("route_handler")
    return handler is not None and bool(handler.opt.get(TELLS_RATES))
