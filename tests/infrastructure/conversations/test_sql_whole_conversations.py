"""All of somebody's conversations from a database, part by part."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from ollamanet.application.conversations.queries.export_conversations import ExportConversations
from ollamanet.domain.conversations.conversation import Conversation, Message
from ollamanet.domain.kernel.chat import Role
from ollamanet.domain.kernel.ids import ConversationId, MessageId, UserId
from ollamanet.infrastructure.conversations.sql_conversations import SqlConversations
from ollamanet.infrastructure.conversations.sql_whole_conversations import SqlWholeConversations
from ollamanet.infrastructure.kernel.database import Database
from ollamanet.infrastructure.kernel.group_commit import GroupCommit

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
ADA, BOB = UserId(UUID(int=1)), UserId(UUID(int=2))


def conversation(number: int, owner: UserId = ADA) -> Conversation:
    # Several of one moment, so that a part may end between two of them.
    at = NOON + timedelta(seconds=number // 3)
    return Conversation(ConversationId(UUID(int=number)), owner, f"title {number}", "m:latest", None, at, at)


def message(number: int, of: Conversation, text: str = "?", images: tuple[str, ...] = ()) -> Message:
    at = NOON + timedelta(seconds=number // 3)
    return Message(MessageId(UUID(int=10_000 * of.id.int + number)), of.id, Role.USER, text, at, images)


@pytest.fixture
def store(database: Database, writer: GroupCommit) -> SqlConversations:
    return SqlConversations(database, writer)


@pytest.fixture
def export(database: Database) -> ExportConversations:
    return ExportConversations(SqlWholeConversations(database))


@pytest.mark.anyio
async def test_all_conversations_come_once_oldest_first(store: SqlConversations, export: ExportConversations) -> None:
    mine = [conversation(number) for number in range(1, 232)]
    for each in (*mine, conversation(900, BOB)):
        await store.start(each, message(1, each))

    assert [each async for each in export.conversations(ADA)] == mine
    assert [each async for each in export.conversations(UserId(UUID(int=3)))] == []


@pytest.mark.anyio
async def test_all_messages_come_once_without_their_images(
    store: SqlConversations, export: ExportConversations
) -> None:
    chat, other = conversation(1), conversation(2)
    said = [message(number, chat, images=("aGk=",) if number % 50 == 0 else ()) for number in range(250)]
    await store.start(chat, said[0])
    await store.start(other, message(1, other))
    for each in said[1:]:
        await store.append(each, model="m:latest")

    assert [each async for each in export.texts(chat)] == [replace(each, images=None) for each in said]
    assert [each async for each in export.pictures(chat)] == [each for each in said if each.images]


@pytest.mark.anyio
async def test_long_messages_are_held_one_by_one(
    database: Database, store: SqlConversations, export: ExportConversations
) -> None:
    chat = conversation(1)
    said = [message(number, chat, str(number) * 700_000) for number in range(4)]
    await store.start(chat, said[0])
    for each in said[1:]:
        await store.append(each, model="m:latest")

    assert len(await SqlWholeConversations(database).texts(chat.id, None)) == 1
    assert [each.text async for each in export.texts(chat)] == [each.text for each in said]


@pytest.mark.anyio
async def test_a_conversation_without_a_summary_has_none(store: SqlConversations, export: ExportConversations) -> None:
    await store.start(conversation(1), message(1, conversation(1)))
    assert await export.summary(conversation(1)) is None
