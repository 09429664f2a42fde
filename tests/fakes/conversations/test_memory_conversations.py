"""The fake keeps the same contract as the real store."""

import pytest
from tests.contracts.conversation_store import ConversationStoreContract
from tests.contracts.summary_store import SummaryStoreContract
from tests.fakes.conversations.memory_conversations import MemoryConversations

from ollamanet.application.conversations.ports import ConversationStore


class TestMemoryConversations(ConversationStoreContract, SummaryStoreContract):
    @pytest.fixture
    def store(self) -> ConversationStore:
        return MemoryConversations()
