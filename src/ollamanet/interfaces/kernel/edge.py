"""The outermost layer: request ids, headers, the log line, and the last answer to a defect."""

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple, Protocol
from uuid import UUID

import msgspec
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from ollamanet.domain.kernel.errors import ShuttingDown
from ollamanet.interfaces.kernel.limit_headers import LimitHeaders, tells_rates
from ollamanet.interfaces.kernel.request_info import RequestInfo, attach, is_safe_id, raw_send_of

_SECURITY: Final[list[tuple[bytes, bytes]]] = [
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
]
_CLOSED_POLICY: Final = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")
_NO_STORE: Final = (b"cache-control", b"no-store")


class _Failure(NamedTuple):
    status: int
    code: str
    title: str
    detail: str
    headers: tuple[tuple[bytes, bytes], ...] = ()


_DEFECT: Final = _Failure(
    500, "internal_error", "Something went wrong on our side", "the error is in our log, under the request id"
)
_STOPPING: Final = _Failure(
    503,
    ShuttingDown.code,
    ShuttingDown.title,
    "the service is stopping",
    ((b"retry-after", b"5"), (b"retry-after-ms", b"5000"), (b"connection", b"close")),
)


class RequestLog(Protocol):
    """Where the one line of a request goes."""

    def __call__(self, line: Mapping[str, Any], error: BaseException | None) -> None:
        """Write it, with the traceback of the defect if there was one."""
        ...


class Edge:
    """Wraps the whole application."""

    def __init__(self, app: ASGIApp, *, new_id: Callable[[], UUID], log: RequestLog, limits: LimitHeaders) -> None:
        """Serve `app`; `limits` says what holds for whoever asks."""
        self._app = app
        self._new_id = new_id
        self._log = log
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        info = RequestInfo(self._request_id(scope), time.monotonic())
        info.raw_send = raw_send_of(scope, send)
        attach(scope, info)  # type: ignore[arg-type]  # a TypedDict is not a mapping that may grow
        answer = _Answer(info, self._limits, scope, send)
        try:
            await self._app(scope, receive, answer.send)
        except Exception as error:  # noqa: BLE001 - the log has it, and the client gets an answer
            info.error = error
            await answer.fail(scope["path"], _DEFECT)
        except asyncio.CancelledError:
            # Nobody but the end of the process cancels a request, and its client is to know.
            info.code = _STOPPING.code
            await answer.fail(scope["path"], _STOPPING)
        finally:
            self._log(_line(info, scope, answer.status), info.error)

    def _request_id(self, scope: Scope) -> str:
        for name, value in scope["headers"]:
            if name == b"x-request-id" and is_safe_id(given := value.decode("latin-1")):
                return given
        return str(self._new_id())


def _line(info: RequestInfo, scope: Scope, status: int) -> dict[str, Any]:
    """What may be known of a request afterwards: its route's template, never its path, query, body or token."""
    return {
        "request_id": info.request_id,
        "method": scope.get("method"),
        "route": scope.get("path_template") or "-",
        "status": status,
        "duration_ms": round((time.monotonic() - info.started) * 1000, 1),
        "user_id": str(info.actor.user_id) if info.actor else None,
        "code": info.code,
        **info.facts,
    }


class _Answer:
    """The response of one request, on its way out."""

    __slots__ = ("_info", "_limits", "_scope", "_send", "status")

    def __init__(self, info: RequestInfo, limits: LimitHeaders, scope: Scope, send: Send) -> None:
        self._info = info
        self._limits = limits
        self._scope = scope
        self._send = send
        self.status = 0

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            there = message.get("headers", ())
            message["headers"] = [*there, *self._added(there)]
        await self._send(message)

    def _added(self, there: Any) -> list[tuple[bytes, bytes]]:
        names = {name.lower() for name, _ in there}
        total = (time.monotonic() - self._info.started) * 1000
        added = [
            (b"x-request-id", self._info.request_id.encode("ascii")),
            *_SECURITY,
            (b"x-service-limits", self._limits.service(self._info.actor)),
        ]
        if self._info.actor is not None and tells_rates(self._scope):
            added += self._limits.rates(self._info.actor)
        if b"server-timing" not in names:
            added.append((b"server-timing", b"total;dur=%.1f" % total))
        added += [header for header in (_CLOSED_POLICY, _NO_STORE) if header[0] not in names]
        return added

    async def fail(self, path: str, failure: _Failure) -> None:
        if self.status:
            return
        problem = {
            "type": f"urn:ollamanet:problem:{failure.code}",
            "title": failure.title,
            "status": failure.status,
            "detail": failure.detail,
            "instance": path,
            "code": failure.code,
            "request_id": self._info.request_id,
        }
        headers = [(b"content-type", b"application/problem+json"), *failure.headers]
        await self.send({"type": "http.response.start", "status": failure.status, "headers": headers})
        await self.send({"type": "http.response.body", "body": msgspec.json.encode(problem), "more_body": False})
