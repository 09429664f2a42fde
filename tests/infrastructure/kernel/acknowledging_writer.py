"""A program to be killed: stores conversations with their question, and prints the number of each that is stored."""

import asyncio
import sys
from datetime import UTC, datetime
from itertools import count
from uuid import UUID

from ollamanet.domain.conversations.conversation import Conversation, Message
from ollamanet.domain.kernel.chat import Role
from ollamanet.domain.kernel.ids import ConversationId, MessageId, UserId
from ollamanet.infrastructure.conversations.sql_conversations import SqlConversations
from ollamanet.infrastructure.kernel.database import Database
from ollamanet.infrastructure.kernel.group_commit import GroupCommit


async def keep_asking(conversations: SqlConversations, numbers: "count[int]") -> None:
    while True:
        number = UUID(int=next(numbers))
        now = datetime.now(UTC)
        chat = Conversation(ConversationId(number), UserId(UUID(int=1)), "t", "m:latest", None, now, now)
        await conversations.start(chat, Message(MessageId(number), chat.id, Role.USER, "why? " * 200, now))
        sys.stdout.write(f"{number.int}\n")
        sys.stdout.flush()


async def main() -> None:
    database = Database(sys.argv[1])
    conversations = SqlConversations(database, GroupCommit(database))
    numbers = count(1)
    await asyncio.gather(*(keep_asking(conversations, numbers) for _ in range(20)))


asyncio.run(main())
