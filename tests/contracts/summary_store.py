"""What every conversation store does with summaries, whatever it is made of; a subclass brings the fixture `store`."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from tests.contracts.conversation_store import NOON, TEXTS, a_conversation, a_question

from ollamanet.application.conversations.ports import ConversationStore
from ollamanet.domain.conversations.conversation import Conversation, Message
from ollamanet.domain.conversations.summary import Summary
from ollamanet.domain.kernel.errors import NotFound
from ollamanet.domain.kernel.ids import MessageId
from ollamanet.domain.kernel.reply import Usage


def a_summary(conversation: Conversation, last: Message, turns: int = 1, text: str = "They talk.") -> Summary:
    usage = Usage(120, 30)
    return Summary(conversation.id, text, turns, last.id, last.created_at, "llama3:8b", usage, NOON + timedelta(days=1))


class SummaryStoreContract:
    async def spoken(self, store: ConversationStore, *seconds: int) -> tuple[Conversation, Sequence[Message]]:
        """A conversation with messages of these seconds after noon, the first one included."""
        conversation = a_conversation()
        said = [a_question(conversation, str(second), at=NOON + timedelta(seconds=second)) for second in seconds]
        await store.start(conversation, said[0])
        for message in said[1:]:
            await store.append(message, model="m")
        return conversation, said

    @pytest.mark.anyio
    async def test_a_conversation_has_no_summary_at_first(self, store: ConversationStore) -> None:
        conversation, _ = await self.spoken(store, 0)

        assert await store.summary(conversation.id) is None

    @pytest.mark.anyio
    @pytest.mark.parametrize("usage", [Usage(120, 30), Usage()], ids=["measured", "not measured"])
    async def test_gives_a_summary_back_as_it_was_kept(self, store: ConversationStore, usage: Usage) -> None:
        conversation, said = await self.spoken(store, 0, 1)
        summary = replace(a_summary(conversation, said[1], 2), usage=usage)
        await store.keep_summary(summary)

        assert await store.summary(conversation.id) == summary

    @pytest.mark.anyio
    @pytest.mark.parametrize(
        "text", [text for text in TEXTS.values() if text], ids=[name for name in TEXTS if TEXTS[name]]
    )
    async def test_keeps_the_text_of_a_summary_letter_by_letter(self, store: ConversationStore, text: str) -> None:
        conversation, said = await self.spoken(store, 0)
        await store.keep_summary(a_summary(conversation, said[0], text=text))

        kept = await store.summary(conversation.id)
        assert kept is not None
        assert kept.text == text

    @pytest.mark.anyio
    async def test_a_new_summary_takes_the_place_of_the_old_one(self, store: ConversationStore) -> None:
        (conversation, said), (other, others) = await self.spoken(store, 0, 1), await self.spoken(store, 0)
        kept = a_summary(other, others[0])
        await store.keep_summary(kept)
        for turns in (1, 2):
            await store.keep_summary(a_summary(conversation, said[turns - 1], turns, text=str(turns)))

        found = await store.summary(conversation.id)
        assert found is not None
        assert (found.text, found.turns) == ("2", 2)
        assert await store.summary(other.id) == kept

    @pytest.mark.anyio
    async def test_refuses_a_summary_of_a_conversation_that_is_gone(self, store: ConversationStore) -> None:
        gone = a_conversation()
        with pytest.raises(NotFound):
            await store.keep_summary(a_summary(gone, a_question(gone)))

        assert await store.summary(gone.id) is None

    @pytest.mark.anyio
    async def test_a_summary_whose_last_message_is_not_there_is_not_told(self, store: ConversationStore) -> None:
        (conversation, said), (_, others) = await self.spoken(store, 0), await self.spoken(store, 0)
        for stranger in (replace(said[0], id=MessageId(UUID(int=7))), others[0]):
            await store.keep_summary(a_summary(conversation, stranger))

            assert await store.summary(conversation.id) is None

    @pytest.mark.anyio
    async def test_messages_follow_a_summary_from_its_last_one_on(self, store: ConversationStore) -> None:
        conversation, said = await self.spoken(store, 0, 1, 1, 1, 2)
        await self.spoken(store, 5)

        for turns in (1, 2, 3, 4, 5):
            following = await store.following(conversation.id, a_summary(conversation, said[turns - 1]), limit=9)
            assert list(following) == list(said[turns:])

    @pytest.mark.anyio
    async def test_without_a_summary_messages_follow_from_the_first_on(self, store: ConversationStore) -> None:
        conversation, said = await self.spoken(store, 0, 1, 2)

        assert list(await store.following(conversation.id, None, limit=2)) == list(said[:2])
        assert list(await store.following(conversation.id, a_summary(conversation, said[0]), limit=1)) == [said[1]]
