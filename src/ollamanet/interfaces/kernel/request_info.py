"""What the edge knows about one request, carried in its ASGI scope."""

import re
from collections.abc import MutableMapping
from typing import Any, Final

from litestar.types import Send

from ollamanet.application.kernel.actor import Actor

_KEY: Final = "ollamanet.request"
_RAW_SEND: Final = "ollamanet.raw_send"
_SAFE_ID: Final = re.compile(r"[A-Za-z0-9._~-]{8,128}")


class RequestInfo:
    """One request, from the first byte to the log line.

    Attributes:
        request_id: the caller's, if it is safe, else ours.
        started: seconds on the monotonic clock.
        actor: who asks, once known.
        code: of the refusal, if one was answered.
        error: the defect that was met, if any.
        raw_send: the server's own, for what comes after the head of a response: nothing looks at that on its way.
        facts: what was learnt that may be logged: model, replica, tokens; never what was said.
    """

    __slots__ = ("actor", "code", "error", "facts", "raw_send", "request_id", "started")

    def __init__(self, request_id: str, started: float) -> None:
        """A request that just came."""
        self.request_id = request_id
        self.started = started
        self.actor: Actor | None = None
        self.code: str | None = None
        self.error: BaseException | None = None
        self.facts: dict[str, Any] = {}
        self.raw_send: Send | None = None


def attach(scope: MutableMapping[str, Any], info: RequestInfo) -> None:
    """Put it where `info_of` finds it."""
    scope[_KEY] = info


def info_of(scope: Any) -> RequestInfo:
    """What is known about the request of this scope."""
    info: RequestInfo = scope[_KEY]
    return info


def found_info(scope: Any) -> RequestInfo | None:
    """The same, for those outside of the edge, who cannot be sure that it came so far."""
    info: RequestInfo | None = scope.get(_KEY)
    return info


def keep_raw_send(scope: Any, send: Send) -> None:
    """Let what comes after the head of a response pass a wrapper by; the outermost one calls this."""
    scope.setdefault(_RAW_SEND, send)


def raw_send_of(scope: Any, send: Send) -> Send:
    """The server's own `send`, which is `send` itself where nobody wrapped it."""
    raw_send: Send = scope.get(_RAW_SEND, send)
    return raw_send


def is_safe_id(text: str) -> bool:
    """Whether a caller's request id may be used: 8 to 128 harmless characters."""
    return _SAFE_ID.fullmatch(text) is not None
