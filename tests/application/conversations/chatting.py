"""The whole way of a message but the wire: a real handler, real admission, a replica and a store that tests control."""

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from typing import Any
from uuid import UUID

from tests.fakes.conversations.faulty_conversations import FaultyConversations
from tests.fakes.identity.fixed_time import CountedIds
from tests.fakes.inference.listed_models import LLAMA, QWEN, ListedModels
from tests.fakes.inference.scripted_replica import ScriptedReplica
from tests.fakes.inference.scripts import Step
from tests.fakes.kernel.virtual_time import LoopClock

from ollamanet.application.conversations.answer_recorder import AnswerRecorder
from ollamanet.application.conversations.chat_events import Accepted, Answered, ChatEvent
from ollamanet.application.conversations.commands.send_message import SendMessage, SendMessageHandler
from ollamanet.application.conversations.commands.summarize_conversation import SummarizeConversationHandler
from ollamanet.application.inference.commands.generate_reply import GenerateReplyHandler, ReplyBounds
from ollamanet.application.kernel.actor import Actor
from ollamanet.domain.conversations.conversation import Message
from ollamanet.domain.kernel.chat import Role
from ollamanet.domain.kernel.ids import ConversationId, RequestId, UserId
from ollamanet.domain.kernel.reply import Text
from ollamanet.infrastructure.inference.bounded_admission import AdmissionBounds, BoundedAdmission
from ollamanet.infrastructure.kernel.background_jobs import BackgroundJobs

ADA = Actor(UserId(UUID(int=1)))
BOB = Actor(UserId(UUID(int=2)))


class Chat:
    """One service; `heard` collects what its callers were told."""

    def __init__(
        self,
        *script: Step,
        slots: int = 2,
        depth: int = 5000,
        per_user: int = 5000,
        budget: int = 4096,
        history_limit: int = 200,
        replica: ScriptedReplica | None = None,
    ) -> None:
        clock, ids = LoopClock(), CountedIds()
        self.store = FaultyConversations()
        self.replica = replica or ScriptedReplica(*script)
        self.admission = BoundedAdmission(AdmissionBounds(slots, depth, per_user), clock)
        self.models = ListedModels(LLAMA, QWEN)
        replies = GenerateReplyHandler(
            self.admission,
            self.models,
            self.replica,
            clock,
            ReplyBounds(),
            default_model=LLAMA,
            prompt_tokens=budget,
        )
        self.background = BackgroundJobs()
        self.send = SendMessageHandler(
            self.store,
            replies,
            AnswerRecorder(self.store, clock, ids),
            clock,
            ids,
            SummarizeConversationHandler(self.store, replies, clock, ids),
            self.background,
            history_limit=history_limit,
        )
        self.heard: list[ChatEvent] = []

    async def ask(self, text: str = "Hi", actor: Actor = ADA, **more: Any) -> None:
        """Ask, and hear the answer to its end."""
        command = SendMessage(actor, RequestId("request-1"), text, **more)
        async with aclosing(await self.send(command)) as answer:
            async for batch in answer:
                self.heard.extend(batch)
                await asyncio.sleep(0)

    @property
    def in_use(self) -> tuple[int, int, int, int]:
        """Running, waiting, users with either, connections to the replica."""
        return (self.admission.running, self.admission.waiting, self.admission.users, self.replica.open_streams)

    @property
    def conversation_id(self) -> ConversationId:
        """Of the conversation that was accepted first."""
        return next(event.conversation_id for event in self.heard if isinstance(event, Accepted))

    @property
    def heard_text(self) -> str:
        return "".join(event.text for event in self.heard if isinstance(event, Text))

    @property
    def answered(self) -> Answered | None:
        return next((event for event in self.heard if isinstance(event, Answered)), None)

    @property
    def questions(self) -> Sequence[Message]:
        return [message for message in everything(self.store) if message.role is Role.USER]

    @property
    def answers(self) -> Sequence[Message]:
        return [message for message in everything(self.store) if message.role is Role.ASSISTANT]


def everything(store: FaultyConversations) -> list[Message]:
    """All messages of all conversations."""
    return [message for each in store.conversations() for message in store.messages(each.id)]
