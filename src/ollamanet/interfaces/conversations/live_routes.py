"""Routes that come back to a chat: hear it again, stop it."""

from typing import Any

from litestar import Request, delete, get
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath
from litestar.types import ASGIApp, Receive, Scope, Send

from ollamanet.interfaces.conversations.chat_headers import LastEventId, last_event
from ollamanet.interfaces.conversations.kept_answers import ResumableChats, kept_stream
from ollamanet.interfaces.conversations.schemas import ChatEventView
from ollamanet.interfaces.kernel.auth import actor_of
from ollamanet.interfaces.kernel.openapi import problems
from ollamanet.interfaces.kernel.request_info import info_of

AnyRequest = Request[Any, Any, Any]

STREAM = ResponseSpec(
    data_container=ChatEventView,
    media_type="text/event-stream",
    description="Events `accepted`, `queued`, `started`, `thinking`, `token`, `tool_call`, `done`, `error`.",
    generate_examples=False,
)
_NOTHING_MORE = ResponseSpec(
    data_container=None, description="It is over, and all of it was heard.", generate_examples=False
)


def live_routes(chats: ResumableChats) -> list[HTTPRouteHandler]:
    """The routes."""

    @get(
        "/chats/{request_id:str}/stream",
        operation_id="rejoinChat",
        summary="Hear a resumable chat again, from an event on",
        responses={200: STREAM, 204: _NOTHING_MORE, **problems(400, 401, 403, 404, 409)},
        media_type="text/event-stream",
    )
    async def rejoin_chat(request: AnyRequest, request_id: FromPath[str], last_event_id: LastEventId = None) -> ASGIApp:
        after = last_event(last_event_id)
        chat = chats.find(actor_of(request), request_id)
        chat.log.check(after)
        if chat.log.heard_all(after):
            return _nothing_more
        return kept_stream(chat, info_of(request.scope).facts, after=after, at_once=True)

    @delete(
        "/chats/{request_id:str}",
        operation_id="stopChat",
        summary="Stop a chat; what was heard of it is kept",
        responses=problems(401, 403, 404),
    )
    async def stop_chat(request: AnyRequest, request_id: FromPath[str]) -> None:
        await chats.stop(actor_of(request), request_id)

    return [rejoin_chat, stop_chat]


async def _nothing_more(_: Scope, __: Receive, send: Send) -> None:
    # Not an empty stream, because a browser's EventSource would come back after that for ever.
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body", "body": b"", "more_body": False})
