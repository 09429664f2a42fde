"""Everybody reads his own conversations and nobody else's."""

import pytest
from tests.application.conversations.chatting import ADA, BOB, Chat

from ollamanet.application.conversations.queries.get_conversation import GetConversation, GetConversationHandler
from ollamanet.application.conversations.queries.list_conversations import ListConversations, ListConversationsHandler
from ollamanet.application.conversations.queries.list_messages import ListMessages, ListMessagesHandler
from ollamanet.application.kernel.page import PageRequest
from ollamanet.domain.kernel.errors import NotFound

pytestmark = pytest.mark.anyio

FIRST = PageRequest()


async def a_chat() -> Chat:
    """One conversation of Ada's."""
    chat = Chat()
    await chat.ask("Why is the sky blue?", actor=ADA)
    return chat


async def test_the_owner_reads_what_was_said() -> None:
    chat = await a_chat()
    (conversation,) = (await ListConversationsHandler(chat.store)(ListConversations(ADA, FIRST))).items
    messages = await ListMessagesHandler(chat.store)(ListMessages(ADA, conversation.id, FIRST))

    assert conversation.title == "Why is the sky blue?"
    assert [message.text for message in messages.items] == ["Why is the sky blue?", "Hello"]
    found = await GetConversationHandler(chat.store)(GetConversation(ADA, conversation.id))
    assert (found.conversation, found.summary) == (conversation, None)


async def test_somebody_else_is_told_that_there_is_nothing() -> None:
    chat = await a_chat()
    assert (await ListConversationsHandler(chat.store)(ListConversations(BOB, FIRST))).total == 0
    with pytest.raises(NotFound):
        await GetConversationHandler(chat.store)(GetConversation(BOB, chat.conversation_id))
    with pytest.raises(NotFound):
        await ListMessagesHandler(chat.store)(ListMessages(BOB, chat.conversation_id, FIRST))


async def test_pages_are_cut_as_they_are_asked_for() -> None:
    chat = await a_chat()
    page = await ListMessagesHandler(chat.store)(ListMessages(ADA, chat.conversation_id, PageRequest(2, 1)))

    assert ([message.text for message in page.items], page.total) == (["Hello"], 2)
