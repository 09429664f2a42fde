"""The routes of chat and conversations over a service that the test controls, as the application puts them together."""

import asyncio
from collections.abc import Mapping
from typing import Any

import msgspec
from litestar import Litestar, Router
from litestar.exceptions import HTTPException
from litestar.types import ExceptionHandlersMap
from tests.application.conversations.chatting import ADA, BOB, Chat
from tests.fakes.inference.scripts import Step
from tests.interfaces.conversations.sse_reader import SseEvent, read_events
from tests.interfaces.kernel.asgi_exchange import Exchange, http_scope
from tests.interfaces.kernel.small_app import SmallApp

from ollamanet.application.conversations.live_chats import LiveChats
from ollamanet.application.conversations.live_room import RoomBounds
from ollamanet.application.conversations.queries.get_conversation import GetConversationHandler
from ollamanet.application.conversations.queries.list_conversations import ListConversationsHandler
from ollamanet.application.conversations.queries.list_messages import ListMessagesHandler
from ollamanet.application.kernel.actor import Actor
from ollamanet.domain.kernel.errors import Refusal, Unauthenticated
from ollamanet.interfaces.conversations.controllers import chat_router, conversations_router
from ollamanet.interfaces.conversations.direct_chat import DirectChat
from ollamanet.interfaces.conversations.kept_answers import ChatTranscript, ResumableChats
from ollamanet.interfaces.kernel.auth import authenticated
from ollamanet.interfaces.kernel.problems import failed, refused, rejected
from ollamanet.interfaces.kernel.strict_request import StrictRequest

STREAM = "/api/v1/chats/stream"
WHOLE = "/api/v1/chats"
GRACE = 30.0
ROOM = RoomBounds()
NONE: Mapping[str, str] = {}
BODY_LIMIT = 5_000
IMAGE_BODY_LIMIT = 20_000


FAILURES: ExceptionHandlersMap = {Refusal: refused, HTTPException: rejected, Exception: failed}


class Tokens:
    """A name is a token; only Ada's was seen before."""

    def known(self, token: str) -> Actor | None:
        return ADA if token == "ada" else None

    async def verify(self, token: str) -> Actor:
        if token not in ("ada", "bob"):
            raise Unauthenticated("the access token is not valid")
        return ADA if token == "ada" else BOB


class ChatApp:
    """One service and its routes; `direct` as the application has it, with the usual chat past the framework."""

    def __init__(self, *script: Step, room: RoomBounds = ROOM, direct: bool = True, **options: Any) -> None:
        self.chat = Chat(*script, **options)
        store = self.chat.store
        self.live: ResumableChats = LiveChats(self.chat.send, ChatTranscript, room, grace=GRACE)
        api = Router(
            path="/api/v1",
            route_handlers=[
                chat_router(self.live, body_limit=BODY_LIMIT, image_body_limit=IMAGE_BODY_LIMIT),
                conversations_router(
                    ListConversationsHandler(store), GetConversationHandler(store), ListMessagesHandler(store)
                ),
            ],
            middleware=[authenticated(Tokens())],
        )
        litestar = Litestar(
            [api],
            exception_handlers=FAILURES,
            request_class=StrictRequest,
            request_max_body_size=BODY_LIMIT,
            openapi_config=None,
            logging_config=None,
        )
        chatting = DirectChat(litestar, self.live, Tokens(), FAILURES, body_limit=BODY_LIMIT)
        self._edge = SmallApp(chatting if direct else litestar)

    @property
    def lines(self) -> Any:
        """What was logged."""
        return self._edge.lines

    def start(
        self,
        path: str,
        body: bytes | None = None,
        *,
        user: str = "ada",
        method: str | None = None,
        more: Mapping[str, str] = NONE,
        **scope: Any,
    ) -> "Call":
        """Send a request, `more` being headers; its answer comes in a task of its own."""
        headers = [(b"authorization", f"Bearer {user}".encode())]
        headers += [(name.lower().encode(), value.encode("latin-1")) for name, value in more.items()]
        if body is not None:
            headers += [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
        method = method or ("GET" if body is None else "POST")
        return Call(self._edge, http_scope(path, method=method, headers=headers, **scope), body or b"")

    async def get(self, path: str, *, user: str = "ada", query: bytes = b"") -> Exchange:
        """A whole answer."""
        return await self.start(path, user=user, query=query).ended()

    async def delete(self, path: str, *, user: str = "ada") -> Exchange:
        """A whole answer."""
        return await self.start(path, user=user, method="DELETE").ended()

    async def post(self, path: str, *, user: str = "ada", **body: Any) -> Exchange:
        """A whole answer."""
        return await self.start(path, msgspec.json.encode(body), user=user).ended()


class Call(Exchange):
    """A request on its way."""

    def __init__(self, app: SmallApp, scope: dict[str, Any], body: bytes) -> None:
        super().__init__(body)
        self.task = asyncio.ensure_future(app(scope, self.receive, self.send))

    async def ended(self) -> Exchange:
        await self.task
        assert self.over
        return self


def events_of(exchange: Exchange) -> list[SseEvent]:
    """The events of an answer that is a stream."""
    assert exchange.headers["content-type"] == "text/event-stream; charset=utf-8"
    return read_events(exchange.body)
