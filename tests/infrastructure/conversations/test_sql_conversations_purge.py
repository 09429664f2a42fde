"""All conversations of somebody go, and only his."""

import pytest
from tests.contracts.conversation_store import ADA, BOB, EVERY_PAGE, a_conversation, a_question

from ollamanet.domain.conversations.conversation import Conversation
from ollamanet.infrastructure.conversations.sql_conversations import SqlConversations
from ollamanet.infrastructure.conversations.sql_conversations_purge import SqlConversationsPurge
from ollamanet.infrastructure.kernel.database import Database
from ollamanet.infrastructure.kernel.group_commit import GroupCommit

pytestmark = pytest.mark.anyio


async def started(store: SqlConversations, conversation: Conversation) -> Conversation:
    await store.start(conversation, a_question(conversation))
    return conversation


async def test_more_conversations_than_fit_a_transaction_go_with_all_that_was_said(
    database: Database, writer: GroupCommit
) -> None:
    store = SqlConversations(database, writer)
    his = [await started(store, a_conversation(ADA)) for _ in range(45)]
    kept = await started(store, a_conversation(BOB))

    purge = SqlConversationsPurge(database, writer)
    await purge.purge(ADA)
    await purge.purge(ADA)

    assert (await store.list_conversations(ADA, EVERY_PAGE)).total == 0
    assert (await store.list_messages(his[0].id, EVERY_PAGE)).total == 0
    assert (await store.list_conversations(BOB, EVERY_PAGE)).total == 1
    assert (await store.list_messages(kept.id, EVERY_PAGE)).total == 1
