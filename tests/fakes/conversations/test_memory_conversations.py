"""The fake keeps the same contract as the real store."""

import pytest
from tests.contracts.conversation_store import ConversationStoreContract
from tests.fakes.conversations.memory_conversations import MemoryConversations

from ollamanet.application.conversations.ports import ConversationStore


class TestMemoryConversations(ConversationStoreContract):
    @pytest.fixture
    def store(self) -> ConversationStore:
        return MemoryConversations()
