"""What every conversation store does, whatever it is made of; a subclass brings the fixture `store`."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from ollamanet.application.conversations.ports import ConversationStore
from ollamanet.application.kernel.page import PageRequest
from ollamanet.domain.conversations.conversation import Conversation, Message, Outcome, Timings
from ollamanet.domain.kernel.chat import Role, ToolCall
from ollamanet.domain.kernel.errors import NotFound
from ollamanet.domain.kernel.ids import ConversationId, MessageId, UserId
from ollamanet.domain.kernel.reply import DoneReason, Usage
from ollamanet.infrastructure.kernel.system_clock import UuidV7Ids

NOON = datetime(2026, 11, 22, 12, 0, 0, 123456, tzinfo=UTC)
EVERY_PAGE = PageRequest(page_size=200)
TEXTS = {
    "empty": "",
    "white": " \r\n\t",
    "unicode": "naïve 東京 🧑‍🚀 \U0010ffff \u0001",
    "sql": "'; DROP TABLE messages; --%s:x?",
    "long": "x" * 300_000,
}
_ids = UuidV7Ids()

ADA = UserId(_ids.new())
BOB = UserId(_ids.new())


def a_conversation(owner: UserId = ADA, *, at: datetime = NOON, title: str = "Tides") -> Conversation:
    return Conversation(ConversationId(_ids.new()), owner, title, "llama3:latest", None, at, at)


def a_question(conversation: Conversation, text: str = "Why?", *, at: datetime = NOON) -> Message:
    return Message(MessageId(_ids.new()), conversation.id, Role.USER, text, at)


def an_answer(conversation: Conversation, outcome: Outcome, *, at: datetime = NOON) -> Message:
    return Message(
        MessageId(_ids.new()),
        conversation.id,
        Role.ASSISTANT,
        "The moon.",
        at,
        thinking="Gravity?",
        tool_calls=(ToolCall("call_1", "look_up", '{"term": "tide"}'),),
        outcome=outcome,
    )


WHOLE = Outcome("llama3:8b", DoneReason.STOP, False, Usage(12, 34), Timings(1.5, 20.25, 300.125))
CUT = Outcome("llama3:8b", DoneReason.ERROR, True, Usage(), Timings(0.0, None, 7.0), "upstream_error")


class ConversationStoreContract:
    async def started(self, store: ConversationStore, conversation: Conversation | None = None) -> Conversation:
        conversation = conversation or a_conversation()
        await store.start(conversation, a_question(conversation))
        return conversation

    @pytest.mark.anyio
    async def test_gives_a_conversation_back_as_it_was_stored(self, store: ConversationStore) -> None:
        conversation = replace(a_conversation(), system="Be brief.")
        question = replace(a_question(conversation), images=("aGk=", "eW8="))
        await store.start(conversation, question)

        assert await store.get(conversation.id, owner=ADA) == conversation
        assert list((await store.recent(conversation.id, limit=5)).messages) == [question]

    @pytest.mark.anyio
    @pytest.mark.parametrize("outcome", [WHOLE, CUT], ids=["whole", "cut"])
    async def test_gives_an_answer_back_with_how_it_came_about(
        self, store: ConversationStore, outcome: Outcome
    ) -> None:
        conversation = await self.started(store)
        answer = an_answer(conversation, outcome, at=NOON + timedelta(seconds=1))
        await store.append(answer, model="llama3:8b")

        assert (await store.recent(conversation.id, limit=1)).messages[0] == answer

    @pytest.mark.anyio
    @pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
    async def test_keeps_text_letter_by_letter(self, store: ConversationStore, text: str) -> None:
        conversation = replace(a_conversation(), title=(text or "-")[:80], system=text)
        question = a_question(conversation, text)
        await store.start(conversation, question)

        assert (await store.recent(conversation.id, limit=1)).messages[0].text == text
        assert await store.get(conversation.id, owner=ADA) == conversation

    @pytest.mark.anyio
    async def test_a_title_of_eighty_astronauts_fits(self, store: ConversationStore) -> None:
        conversation = await self.started(store, a_conversation(title="🚀" * 80))

        assert (await store.get(conversation.id, owner=ADA)).title == "🚀" * 80

    @pytest.mark.anyio
    async def test_another_users_conversation_is_not_there(self, store: ConversationStore) -> None:
        conversation = await self.started(store)

        with pytest.raises(NotFound):
            await store.get(conversation.id, owner=BOB)

    @pytest.mark.anyio
    async def test_a_conversation_nobody_started_is_not_there(self, store: ConversationStore) -> None:
        with pytest.raises(NotFound):
            await store.get(ConversationId(UUID(int=7)), owner=ADA)

    @pytest.mark.anyio
    async def test_a_message_touches_its_conversation_only(self, store: ConversationStore) -> None:
        touched, other = await self.started(store), await self.started(store)
        later = NOON + timedelta(minutes=5)
        await store.append(a_question(touched, at=later), model="qwen3:4b")

        assert await store.get(touched.id, owner=ADA) == replace(touched, updated_at=later, model="qwen3:4b")
        assert await store.get(other.id, owner=ADA) == other

    @pytest.mark.anyio
    async def test_refuses_a_message_of_a_conversation_that_is_gone(self, store: ConversationStore) -> None:
        gone = a_conversation()
        with pytest.raises(NotFound):
            await store.append(a_question(gone), model="llama3:latest")

        assert list((await store.recent(gone.id, limit=5)).messages) == []

    @pytest.mark.anyio
    async def test_recent_messages_are_the_newest_and_come_oldest_first(self, store: ConversationStore) -> None:
        conversation = await self.started(store)
        for second in (3, 1, 2):
            await store.append(a_question(conversation, str(second), at=NOON + timedelta(seconds=second)), model="m")

        recent = await store.recent(conversation.id, limit=2)
        assert [message.text for message in recent.messages] == ["2", "3"]
        assert recent.earlier == 2

    @pytest.mark.anyio
    async def test_messages_of_one_instant_come_in_the_order_of_their_ids(self, store: ConversationStore) -> None:
        conversation = await self.started(store)
        later = [a_question(conversation, str(number)) for number in range(5)]
        for message in reversed(later):
            await store.append(message, model="m")

        listed = await store.list_messages(conversation.id, EVERY_PAGE)
        assert [message.text for message in listed.items] == ["Why?", "0", "1", "2", "3", "4"]
        assert list((await store.recent(conversation.id, limit=10)).messages) == list(listed.items)

    @pytest.mark.anyio
    async def test_lists_a_users_conversations_last_updated_first(self, store: ConversationStore) -> None:
        minutes = [a_conversation(at=NOON + timedelta(minutes=minute), title=str(minute)) for minute in (1, 3, 2)]
        for conversation in (*minutes, a_conversation(BOB, at=NOON + timedelta(minutes=9))):
            await self.started(store, conversation)
        await store.append(a_question(minutes[0], at=NOON + timedelta(minutes=8)), model="m")

        listed = await store.list_conversations(ADA, PageRequest())
        assert [conversation.title for conversation in listed.items] == ["1", "3", "2"]
        assert (listed.page, listed.page_size, listed.total) == (1, 20, 3)

    @pytest.mark.anyio
    async def test_pages_join_into_the_whole_list(self, store: ConversationStore) -> None:
        conversation = await self.started(store)
        for second in range(1, 5):
            await store.append(a_question(conversation, str(second), at=NOON + timedelta(seconds=second)), model="m")
        pages = [await store.list_messages(conversation.id, PageRequest(page, 2)) for page in (1, 2, 3)]

        assert [[message.text for message in page.items] for page in pages] == [["Why?", "1"], ["2", "3"], ["4"]]
        assert {page.total for page in pages} == {5}

    @pytest.mark.anyio
    @pytest.mark.parametrize("page", [2, 10**30])
    async def test_a_page_past_the_end_is_empty(self, store: ConversationStore, page: int) -> None:
        conversation = await self.started(store)

        messages = await store.list_messages(conversation.id, PageRequest(page))
        assert (list(messages.items), messages.page, messages.total) == ([], page, 1)
        assert list((await store.list_conversations(ADA, PageRequest(page))).items) == []

    @pytest.mark.anyio
    @pytest.mark.parametrize(("asked", "given"), [(PageRequest(0, 0), (1, 1)), (PageRequest(-3, 5000), (1, 200))])
    async def test_a_page_has_one_to_two_hundred_items(
        self, store: ConversationStore, asked: PageRequest, given: tuple[int, int]
    ) -> None:
        await self.started(store)

        listed = await store.list_conversations(ADA, asked)
        assert (listed.page, listed.page_size, len(listed.items)) == (*given, 1)

    @pytest.mark.anyio
    async def test_tells_how_many_messages_came_before_the_recent_ones(self, store: ConversationStore) -> None:
        conversation, _ = await self.started(store), await self.started(store)
        for second in (1, 1, 2):
            await store.append(a_question(conversation, str(second), at=NOON + timedelta(seconds=second)), model="m")
        counts = {limit: await store.recent(conversation.id, limit=limit) for limit in (1, 2, 3, 4, 5)}

        assert {limit: (len(history.messages), history.earlier) for limit, history in counts.items()} == {
            1: (1, 3),
            2: (2, 2),
            3: (3, 1),
            4: (4, 0),
            5: (4, 0),
        }
        assert (await store.recent(ConversationId(UUID(int=7)), limit=1)).earlier == 0
