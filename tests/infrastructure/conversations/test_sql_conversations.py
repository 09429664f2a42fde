"""Conversations in SQL keep the contract of conversation stores, in both ways in which a database is driven."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text
from tests.contracts.conversation_store import EVERY_PAGE, NOON, WHOLE, ConversationStoreContract, a_question, an_answer
from tests.contracts.summary_store import SummaryStoreContract, a_summary

from ollamanet.application.conversations.ports import ConversationStore
from ollamanet.application.kernel.page import PageRequest
from ollamanet.domain.kernel.errors import Conflict
from ollamanet.infrastructure.conversations import statements
from ollamanet.infrastructure.conversations.rows import summary_parameters
from ollamanet.infrastructure.conversations.sql_conversations import (
    LARGEST_READ,
    REFUSALS_OF_SUMMARIES,
    SqlConversations,
)
from ollamanet.infrastructure.kernel.database import Database
from ollamanet.infrastructure.kernel.group_commit import GroupCommit
from ollamanet.infrastructure.kernel.sql_errors import refusals
from ollamanet.infrastructure.kernel.sql_write import Write


class TestSqlConversations(ConversationStoreContract, SummaryStoreContract):
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

    @pytest.mark.anyio
    async def test_counts_what_it_left_out_for_its_size(self, store: ConversationStore) -> None:
        conversation = await self.started(store)
        for minute in (1, 2):
            question = a_question(conversation, "x" * (LARGEST_READ // 2 + 1), at=NOON + timedelta(minutes=minute))
            await store.append(question, model="llava")

        recent = await store.recent(conversation.id, limit=10)
        assert (len(recent.messages), recent.earlier) == (1, 2)
        assert len(await store.following(conversation.id, None, limit=10)) == 2

    @pytest.mark.anyio
    async def test_a_summary_goes_with_its_conversation(self, store: ConversationStore, database_address: str) -> None:
        conversation, said = await self.spoken(store, 0)
        await store.keep_summary(a_summary(conversation, said[0]))
        unwatched = Database(database_address)
        await unwatched.write(lambda connection: connection.execute(text("DELETE FROM conversations")))
        left = text("SELECT count(*) FROM conversation_summaries")
        count = await unwatched.read(lambda connection: connection.execute(left).scalar_one())
        await unwatched.dispose()

        assert count == 0

    @pytest.mark.anyio
    async def test_a_second_summary_in_the_same_moment_is_a_conflict(
        self, store: ConversationStore, writer: GroupCommit
    ) -> None:
        conversation, said = await self.spoken(store, 0)
        summary = a_summary(conversation, said[0])
        await store.keep_summary(summary)

        # As on a server, where another process may insert between our two statements.
        with pytest.raises(Conflict), refusals(REFUSALS_OF_SUMMARIES):
            await writer.submit(Write(statements.INSERT_SUMMARY, summary_parameters(summary)))


class TestSqlConversationsOverAnAsyncDriver(ConversationStoreContract, SummaryStoreContract):
    """As it is on SQL Server and PostgreSQL."""

    @pytest.fixture
    def database_address(self, database_address: str) -> str:
        return database_address.replace("sqlite:", "sqlite+aiosqlite:")

    @pytest.fixture
    def store(self, database: Database, writer: GroupCommit) -> ConversationStore:
        return SqlConversations(database, writer)
