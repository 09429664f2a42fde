"""A conversation store that takes its time, and fails when it is told to."""

import asyncio

from tests.fakes.conversations.memory_conversations import MemoryConversations

from ollamanet.domain.conversations.conversation import Conversation, Message
from ollamanet.domain.kernel.chat import Role


class FaultyConversations(MemoryConversations):
    """Every write is a few turns of the loop long, so that anybody may be cancelled before and after it is durable.

    Attributes:
        fails: what storing a message of this role raises.
        started_writes: how many writes were begun.
        answering: set once an answer is being written.
    """

    def __init__(self) -> None:
        super().__init__()
        self.fails: dict[Role, Exception] = {}
        self.started_writes = 0
        self.answering = asyncio.Event()

    async def start(self, conversation: Conversation, question: Message) -> None:
        await self._before(question)
        await super().start(conversation, question)
        await asyncio.sleep(0)

    async def append(self, message: Message, *, model: str) -> None:
        await self._before(message)
        await super().append(message, model=model)
        await asyncio.sleep(0)

    async def _before(self, message: Message) -> None:
        self.started_writes += 1
        if message.role is Role.ASSISTANT:
            self.answering.set()
        await asyncio.sleep(0)
        if message.role in self.fails:
            raise self.fails[message.role]
        await asyncio.sleep(0)
