"""Conversations in SQL keep the contract of conversation stores, in both ways in which a database is driven."""

import pytest
from tests.contracts.conversation_store import ConversationStoreContract

from ollamanet.application.conversations.ports import ConversationStore
from ollamanet.infrastructure.conversations.sql_conversations import SqlConversations
from ollamanet.infrastructure.kernel.database import Database
from ollamanet.infrastructure.kernel.group_commit import GroupCommit


class TestSqlConversations(ConversationStoreContract):
    @pytest.fixture
    def store(self, database: Database, writer: GroupCommit) -> ConversationStore:
        return SqlConversations(database, writer)


class TestSqlConversationsOverAnAsyncDriver(ConversationStoreContract):
    """As it is on SQL Server and PostgreSQL."""

    @pytest.fixture
    def database_address(self, database_address: str) -> str:
        return database_address.replace("sqlite:", "sqlite+aiosqlite:")

    @pytest.fixture
    def store(self, database: Database, writer: GroupCommit) -> ConversationStore:
        return SqlConversations(database, writer)
