"""The outermost ASGI layer: every request is counted, whatever answered it."""

import time

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from ollamanet.application.operations.ports import RequestMeter, RequestRecord
from ollamanet.interfaces.kernel.request_info import RequestInfo, found_info, keep_raw_send
from ollamanet.interfaces.kernel.watched import CLIENT_GONE


class Metered:
    """Wraps the edge, so that what the edge answers itself is counted too.

    It looks at the head of a response only: the tokens of a stream go straight to the server.
    """

    def __init__(self, app: ASGIApp, meter: RequestMeter) -> None:
        """Serve `app`, telling `meter`."""
        self._app = app
        self._meter = meter

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        keep_raw_send(scope, send)
        began = time.monotonic()
        status: int | None = None

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        self._meter.began()
        try:
            await self._app(scope, receive, noting)
        except Exception:
            # Nothing of ours lies outside: the server itself answers 500, if it still can.
            status = status or 500
            raise
        finally:
            self._meter.ended(_record(scope, found_info(scope), status, time.monotonic() - began))


def _record(scope: Scope, info: RequestInfo | None, status: int | None, seconds: float) -> RequestRecord:
    code = info.code if info is not None else None
    gone = code == CLIENT_GONE or status is None
    if code is None and info is not None and info.error is not None:
        code = "internal_error"
    return RequestRecord(
        route=scope.get("path_template") or None,
        method=str(scope.get("method")),
        status=status,
        code=None if gone else code,
        client_gone=gone,
        seconds=seconds,
    )
