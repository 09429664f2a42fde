"""Who may not chat, or not with this model, is refused before anything is asked, taken or stored."""

import pytest
from tests.application.conversations.chatting import ADA, Chat
from tests.fakes.conversations.numbered_transcript import NumberedTranscript
from tests.fakes.inference.listed_models import LLAMA, QWEN
from tests.fakes.inference.scripts import Step
from tests.fakes.kernel.callers import a_user

from ollamanet.application.conversations.commands.send_message import SendMessage
from ollamanet.application.conversations.live_chats import LiveChats, RepeatKey
from ollamanet.application.conversations.live_room import RoomBounds
from ollamanet.application.conversations.queries.get_conversation import GetConversation, GetConversationHandler
from ollamanet.application.conversations.queries.list_conversations import ListConversations, ListConversationsHandler
from ollamanet.application.conversations.queries.list_messages import ListMessages, ListMessagesHandler
from ollamanet.application.kernel.actor import Actor
from ollamanet.application.kernel.page import PageRequest
from ollamanet.domain.kernel.caller_limits import CallerLimits
from ollamanet.domain.kernel.errors import Forbidden
from ollamanet.domain.kernel.ids import RequestId
from ollamanet.domain.kernel.permissions import ALL, Permission
from ollamanet.domain.kernel.reply import DoneReason, Finished, Text

pytestmark = pytest.mark.anyio

HELLO: tuple[Step, ...] = (Text("Hello"), Finished(DoneReason.STOP))
MUTE = a_user(1, permissions=ALL - {Permission.CHAT})


def only(*models: str) -> Actor:
    return a_user(1, limits=CallerLimits(models=frozenset(models)))


async def test_who_may_not_chat_leaves_nothing_behind() -> None:
    chat = Chat(*HELLO)
    with pytest.raises(Forbidden, match="chat"):
        await chat.ask(actor=MUTE)

    assert (chat.questions, chat.replica.asked, chat.in_use) == ([], [], (0, 0, 0, 0))


async def test_a_model_that_is_not_for_him_is_refused_before_admission() -> None:
    chat = Chat(*HELLO)
    with pytest.raises(Forbidden, match="'llama3:latest' is not among those"):
        await chat.ask(actor=only("qwen3:0.6b"), model=LLAMA)

    assert (chat.questions, chat.quota.reserved, chat.in_use) == ([], [], (0, 0, 0, 0))


async def test_a_conversation_with_a_model_that_was_for_him_once_goes_on_with_another_only() -> None:
    chat = Chat(*HELLO)
    await chat.ask(model=LLAMA)
    with pytest.raises(Forbidden):
        await chat.ask(actor=only(QWEN.key), conversation_id=chat.conversation_id)

    await chat.ask(actor=only(QWEN.key), conversation_id=chat.conversation_id, model=QWEN)
    assert [request.model for request, _ in chat.replica.asked] == [LLAMA, QWEN]


async def test_without_a_name_one_of_his_models_answers() -> None:
    chat = Chat(*HELLO)
    await chat.ask(actor=only(QWEN.key))
    assert [request.model for request, _ in chat.replica.asked] == [QWEN]


async def test_his_words_about_limits_come_with_the_request() -> None:
    chat = Chat(*HELLO)
    own, key = CallerLimits(weight=3.0), CallerLimits(concurrency=1)
    actor = a_user(1, limits=own, own_limits=own, key_limits=key, key="k1")
    await chat.ask(actor=actor)
    ((request, _),) = chat.replica.asked

    assert request.said == actor.said
    assert (request.said.own, request.said.key) == (own, key)


async def test_who_may_not_chat_does_not_come_back_to_a_chat_either() -> None:
    chat = Chat(*HELLO)
    live = LiveChats(chat.send, NumberedTranscript, RoomBounds(1_000_000), grace=30.0)
    repeat = RepeatKey("again", b"body")
    kept = live.keep(SendMessage(ADA, RequestId("request-1"), "Hi"), repeat)
    await kept.end()

    with pytest.raises(Forbidden):
        live.keep(SendMessage(MUTE, RequestId("request-2"), "Hi"), repeat)
    with pytest.raises(Forbidden):
        live.find(MUTE, "request-1")
    with pytest.raises(Forbidden):
        await live.stop(MUTE, "request-1")
    await live.aclose()


async def test_who_may_not_chat_does_not_read_what_was_said() -> None:
    chat = Chat(*HELLO)
    await chat.ask()
    found = chat.conversation_id

    with pytest.raises(Forbidden):
        await ListConversationsHandler(chat.store)(ListConversations(MUTE, PageRequest()))
    with pytest.raises(Forbidden):
        await GetConversationHandler(chat.store)(GetConversation(MUTE, found))
    with pytest.raises(Forbidden):
        await ListMessagesHandler(chat.store)(ListMessages(MUTE, found, PageRequest()))
