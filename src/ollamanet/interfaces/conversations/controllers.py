"""Routes of chat and conversations."""

from functools import partial
from typing import Annotated, Any
from uuid import UUID

from litestar import Request, Router, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath
from litestar.types import ASGIApp

from ollamanet.application.conversations.commands.send_message import SendMessage
from ollamanet.application.conversations.queries.get_conversation import GetConversation, GetConversationHandler
from ollamanet.application.conversations.queries.list_conversations import ListConversations, ListConversationsHandler
from ollamanet.application.conversations.queries.list_messages import ListMessages, ListMessagesHandler
from ollamanet.domain.kernel.ids import ConversationId
from ollamanet.interfaces.conversations.chat_collector import WholeAnswer
from ollamanet.interfaces.conversations.chat_commands import check_size, command_from
from ollamanet.interfaces.conversations.chat_events import ChatEventEncoder
from ollamanet.interfaces.conversations.chat_headers import IdempotencyKey, repeat_key
from ollamanet.interfaces.conversations.kept_answers import KeptAnswer, ResumableChats, kept_stream
from ollamanet.interfaces.conversations.live_routes import STREAM, live_routes
from ollamanet.interfaces.conversations.presenters import (
    conversation_view,
    conversation_with_summary_view,
    message_view,
)
from ollamanet.interfaces.conversations.schemas import (
    ChatBody,
    ChatView,
    ConversationPage,
    ConversationWithSummaryView,
    MessagePage,
)
from ollamanet.interfaces.kernel.auth import actor_of
from ollamanet.interfaces.kernel.limit_headers import TELLS_RATES
from ollamanet.interfaces.kernel.openapi import json_body, problems
from ollamanet.interfaces.kernel.paging import PageNumber, PageSize, page_request
from ollamanet.interfaces.kernel.request_info import info_of
from ollamanet.interfaces.kernel.sse import SseResponse

AnyRequest = Request[Any, Any, Any]

ChatData = Annotated[ChatBody, json_body("a first question", {"message": "Why is the sky blue?", "model": "llama3.2"})]
_WHOLE = ResponseSpec(data_container=ChatView, description="The whole answer.", generate_examples=False)
_REFUSALS = problems(400, 401, 403, 404, 409, 413, 429, 502, 503, 504)


def chat_router(chats: ResumableChats, *, body_limit: int, image_body_limit: int) -> Router:
    """The routes that ask a model, and those that come back to what was asked.

    Args:
        chats: what runs.
        body_limit: bytes of a body without its images.
        image_body_limit: bytes of a whole body.
    """

    async def asked(request: AnyRequest, data: ChatBody) -> SendMessage:
        check_size(data, len(await request.body()), limit=body_limit)
        return command_from(data, actor_of(request), info_of(request.scope).request_id)

    @post(
        "/chats/stream",
        status_code=200,
        operation_id="streamChat",
        summary="Ask, and hear the answer as it is made",
        responses={200: STREAM, **_REFUSALS},
        media_type="text/event-stream",
    )
    async def stream_chat(request: AnyRequest, data: ChatData, idempotency_key: IdempotencyKey = None) -> ASGIApp:
        command, facts = await asked(request, data), info_of(request.scope).facts
        repeat = repeat_key(idempotency_key, data)
        if data.resumable or repeat:
            return kept_stream(chats.keep(command, repeat), facts)
        return SseResponse(partial(chats.open, command), ChatEventEncoder(facts))

    @post(
        "/chats",
        status_code=200,
        operation_id="chat",
        summary="Ask, and get the whole answer",
        responses={200: _WHOLE, **_REFUSALS},
    )
    async def chat(request: AnyRequest, data: ChatData, idempotency_key: IdempotencyKey = None) -> ASGIApp:
        command = await asked(request, data)
        repeat = repeat_key(idempotency_key, data)
        if data.resumable or repeat:
            return KeptAnswer(chats.keep(command, repeat))
        return WholeAnswer(partial(chats.open, command))

    return Router(
        path="",
        route_handlers=[stream_chat, chat, *live_routes(chats)],
        tags=["chat"],
        request_max_body_size=image_body_limit,
        opt={TELLS_RATES: True},
    )


def conversations_router(
    list_conversations: ListConversationsHandler,
    get_conversation: GetConversationHandler,
    list_messages: ListMessagesHandler,
) -> Router:
    """The routes that read what was said."""

    @get(
        "/",
        operation_id="listConversations",
        summary="Your conversations, last updated first",
        responses=problems(400, 401, 403),
    )
    async def conversations(request: AnyRequest, page: PageNumber = 1, page_size: PageSize = 20) -> ConversationPage:
        found = await list_conversations(ListConversations(actor_of(request), page_request(page, page_size)))
        return ConversationPage(
            [conversation_view(each) for each in found.items], found.page, found.page_size, found.total
        )

    @get(
        "/{conversation_id:uuid}",
        operation_id="getConversation",
        summary="One conversation, with the summary of its older turns if there is one",
        responses=problems(401, 403, 404),
    )
    async def conversation(request: AnyRequest, conversation_id: FromPath[UUID]) -> ConversationWithSummaryView:
        query = GetConversation(actor_of(request), ConversationId(conversation_id))
        return conversation_with_summary_view(await get_conversation(query))

    @get(
        "/{conversation_id:uuid}/messages",
        operation_id="listMessages",
        summary="What was said, oldest first",
        responses=problems(400, 401, 403, 404),
    )
    async def messages(
        request: AnyRequest, conversation_id: FromPath[UUID], page: PageNumber = 1, page_size: PageSize = 20
    ) -> MessagePage:
        query = ListMessages(actor_of(request), ConversationId(conversation_id), page_request(page, page_size))
        found = await list_messages(query)
        return MessagePage([message_view(each) for each in found.items], found.page, found.page_size, found.total)

    return Router(path="/conversations", route_handlers=[conversations, conversation, messages], tags=["conversations"])
