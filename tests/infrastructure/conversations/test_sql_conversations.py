"""Conversations in SQL keep the contract of conversation stores, in both ways in which a database is driven."""

from dataclasses import replace

import pytest
from tests.contracts.conversation_store import EVERY_PAGE, WHOLE, ConversationStoreContract, an_answer

from ollamanet.application.conversations.ports import ConversationStore
from ollamanet.infrastructure.conversations.sql_conversations import SqlConversations
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


class TestSqlConversationsOverAnAsyncDriver(ConversationStoreContract):
    """As it is on SQL Server and PostgreSQL."""

    @pytest.fixture
    def database_address(self, database_address: str) -> str:
        return database_address.replace("sqlite:", "sqlite+aiosqlite:")

    @pytest.fixture
    def store(self, database: Database, writer: GroupCommit) -> ConversationStore:
        return SqlConversations(database, writer)
