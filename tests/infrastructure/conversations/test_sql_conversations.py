"""Conversations in SQL keep the contract of conversation stores, in both ways in which a database is driven."""

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.contracts.conversation_store import EVERY_PAGE, NOON, WHOLE, ConversationStoreContract, a_question, an_answer

from ollamanet.application.conversations.ports import ConversationStore
from ollamanet.application.kernel.page import PageRequest
from ollamanet.infrastructure.conversations.sql_conversations import LARGEST_READ, SqlConversations
from ollamanet.infrastructure.kernel.database import Database
from ollamanet.infrastructure.kernel.group_commit import GroupCommit


class TestSqlConversations(ConversationStoreContract):
    @pytest.fixture
    def store(self, database: Database, writer: GroupCommit) -> ConversationStore:
        return SqlConversations(database, writer)

    @pytest.mark.anyio
    async def test_keeps_an_answer_with_a_nul_in_a_form_that_every_database_takes(
        self, store: ConversationStore
    ) -> None:
        conversation = await self.started(store)
        said = replace(an_answer(conversation, WHOLE), text="a\0b", thinking="\0")

        await store.append(said, model="llama3:8b")

        kept = (await store.list_messages(conversation.id, EVERY_PAGE)).items[-1]
        assert (kept.text, kept.thinking) == ("a\ufffdb", "\ufffd")

    @pytest.mark.anyio
    async def test_holds_no_more_images_at_once_than_fit_a_page_or_a_prompt(self, store: ConversationStore) -> None:
        conversation = await self.started(store)
        large = "A" * (LARGEST_READ // 3)
        for minute in range(1, 5):
            question = a_question(conversation, str(minute), at=NOON + timedelta(minutes=minute))
            await store.append(replace(question, images=(large,)), model="llava")

        page = await store.list_messages(conversation.id, EVERY_PAGE)
        assert [message.text for message in page.items] == ["Why?", "1", "2", "3", "4"]
        assert [message.images for message in page.items] == [(), (large,), (large,), None, None]
        last = await store.list_messages(conversation.id, PageRequest(page=5, page_size=1))
        assert last.items[0].images == (large,)
        recent = await store.recent(conversation.id, limit=10)
        assert [message.text for message in recent.messages] == ["3", "4"]
        assert recent.earlier == 3


class TestSqlConversationsOverAnAsyncDriver(ConversationStoreContract):
    """As it is on SQL Server and PostgreSQL."""

    @pytest.fixture
    def database_address(self, database_address: str) -> str:
        return database_address.replace("sqlite:", "sqlite+aiosqlite:")

    @pytest.fixture
    def store(self, database: Database, writer: GroupCommit) -> ConversationStore:
        return SqlConversations(database, writer)
