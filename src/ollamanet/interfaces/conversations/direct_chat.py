"""The usual chat, served without the framework, whose way to a handler costs more than all that we do on ours.

`POST /api/v1/chats/stream` with a small JSON body goes straight to the same stream that its route gives. Whatever is
unusual (a wrong body, a missing token, an idempotency key, a cross-origin page) is left to the route, which sees the
request as it came.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

import msgspec
from litestar import Litestar, Request, Response
from litestar.enums import ScopeType
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute
from litestar.types import ASGIApp, HTTPScope, Receive, Scope, Send

from ollamanet.application.conversations.commands.send_message import SendMessage
from ollamanet.application.kernel.actor import Actor
from ollamanet.domain.kernel.errors import Refusal
from ollamanet.interfaces.conversations.chat_commands import command_from
from ollamanet.interfaces.conversations.chat_events import ChatEventEncoder
from ollamanet.interfaces.conversations.kept_answers import ResumableChats
from ollamanet.interfaces.conversations.schemas import ChatBody
from ollamanet.interfaces.kernel.auth import TokenVerifier, bearer_token
from ollamanet.interfaces.kernel.request_info import info_of
from ollamanet.interfaces.kernel.sse import SseResponse
from ollamanet.interfaces.kernel.strict_request import decode_strictly

PATH: Final = "/api/v1/chats/stream"
_LARGEST: Final = 64 * 1024
"""Bytes of a body above which the framework's cost does not matter; a server may bring it in pieces."""
_ESCAPED_NUL: Final = b"\\u0000"
_LEFT_TO_THE_ROUTE: Final = frozenset({b"origin", b"idempotency-key", b"transfer-encoding", b"content-encoding"})
_JSON: Final = frozenset({b"application/json", b"application/json; charset=utf-8"})

Failed = Callable[[Request[Any, Any, Any], Any], Response[Any]]


class DirectChat:
    """Wraps the framework's application.

    Args:
        app: serves everything else, and has the route of the chat, too.
        chats: what runs.
        tokens: tells who asks.
        failures: the answer to each kind of exception, as the framework is given it.
        body_limit: bytes of a body.
    """

    def __init__(
        self,
        app: Litestar,
        chats: ResumableChats,
        tokens: TokenVerifier,
        failures: Mapping[Any, Any],
        *,
        body_limit: int,
    ) -> None:
        self._app: Final[ASGIApp] = app
        self._chats: Final = chats
        self._tokens: Final = tokens
        self._failures: Final = failures
        self._largest: Final = min(body_limit, _LARGEST)
        self._handler: Final = _handler_of(app)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope.get("path") != PATH or scope["type"] != ScopeType.HTTP or not self._is_usual(scope):
            await self._app(scope, receive, send)
            return
        first: Any = await receive()
        actor = await self._actor(scope)
        command = None if actor is None or first.get("more_body") else self._command(scope, actor, first)
        if command is None:
            await self._app(scope, _again(first, receive), send)
            return
        scope["path_template"], scope["route_handler"] = PATH, self._handler
        info = info_of(scope)
        try:
            await SseResponse(partial(self._chats.open, command), ChatEventEncoder(info.facts))(scope, receive, send)
        except Exception as error:  # noqa: BLE001 - each kind has its answer, a defect too
            await _answered(self._failure(scope, error), send)

    def _is_usual(self, scope: HTTPScope) -> bool:
        if scope["method"] != "POST" or scope["query_string"]:
            return False
        headers = dict(scope["headers"])
        length = headers.get(b"content-length", b"")
        return (
            headers.get(b"content-type") in _JSON
            and length.isdigit()
            and 0 < int(length) <= self._largest
            and _LEFT_TO_THE_ROUTE.isdisjoint(headers)
        )

    async def _actor(self, scope: HTTPScope) -> Actor | None:
        """Who asks; None if that cannot be told, which the route then says in its words."""
        try:
            token = bearer_token(scope["headers"])
            return self._tokens.known(token) or await self._tokens.verify(token)
        except Exception:  # noqa: BLE001 - the route asks again, and has an answer to every failure
            return None

    def _command(self, scope: HTTPScope, actor: Actor, message: Any) -> SendMessage | None:
        """What is asked; None if anything is wrong, which the route then says in its words."""
        body: bytes = message.get("body", b"")
        info = info_of(scope)
        try:
            data = decode_strictly(body, ChatBody)
            if data.resumable or _ESCAPED_NUL in body:
                return None
            command = command_from(data, actor, info.request_id)
        except Refusal:
            return None
        info.actor = actor
        return command

    def _failure(self, scope: Scope, error: Exception) -> Response[Any]:
        kind = next(each for each in type(error).__mro__ if each in self._failures)
        failed: Failed = self._failures[kind]
        return failed(Request(scope), error)


def _handler_of(app: Litestar) -> HTTPRouteHandler:
    route = next(each for each in app.routes if each.path == PATH)
    if not isinstance(route, HTTPRoute):
        raise TypeError(f"{PATH} is not a route of HTTP")
    return route.route_handler_map["POST"][0]


def _again(first: Any, receive: Receive) -> Receive:
    """The messages of a request from its first one on, which was read already."""
    waiting = [first]

    async def received() -> Any:
        return waiting.pop() if waiting else await receive()

    return received


async def _answered(response: Response[Any], send: Send) -> None:
    body = msgspec.json.encode(response.content)
    headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in response.headers.items()]
    headers += [
        (b"content-type", str(response.media_type).encode("ascii")),
        (b"content-length", b"%d" % len(body)),
    ]
    await send({"type": "http.response.start", "status": response.status_code or 500, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})
