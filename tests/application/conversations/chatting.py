"""The whole way of a message but the wire: a real handler, real admission, a replica and a store that tests control."""

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from typing import Any

from tests.application.inference.generating import admission_over
from tests.fakes.conversations.faulty_conversations import FaultyConversations
from tests.fakes.identity.fixed_time import CountedIds
from tests.fakes.inference.listed_models import LLAMA, QWEN, ListedModels
from tests.fakes.inference.reply_ports import CountedQuota, NotedReplies, OneProfile, PlainEstimates, ScriptedReplicas
from tests.fakes.inference.scripted_replica import ScriptedReplica
from tests.fakes.inference.scripts import Step
from tests.fakes.kernel.callers import a_user
from tests.fakes.kernel.virtual_time import LoopClock

from ollamanet.application.conversations.answer_recorder import AnswerRecorder
from ollamanet.application.conversations.chat_events import Accepted, Answered, ChatEvent
from ollamanet.application.conversations.commands.send_message import SendMessage, SendMessageHandler
from ollamanet.application.conversations.commands.summarize_conversation import SummarizeConversationHandler
from ollamanet.application.inference.commands.generate_reply import GenerateReplyHandler
from ollamanet.application.inference.prompt_audit import PromptAudit
from ollamanet.application.inference.reply_services import ReplyBounds, ReplyServices
from ollamanet.application.kernel.actor import Actor
from ollamanet.domain.conversations.conversation import Message
from ollamanet.domain.inference.model_profile import ModelProfile
from ollamanet.domain.inference.ticket_names import ticket_name
from ollamanet.domain.inference.tickets import Ticket, WorkloadClass
from ollamanet.domain.kernel.chat import Role
from ollamanet.domain.kernel.ids import ConversationId, RequestId
from ollamanet.domain.kernel.reply import Text
from ollamanet.infrastructure.inference.scheduled_admission import ScheduledPlace
from ollamanet.infrastructure.kernel.background_jobs import BackgroundJobs

ADA, BOB = a_user(1), a_user(2)


class Chat:
    """One service; `heard` collects what its callers were told."""

    def __init__(
        self,
        *script: Step,
        slots: int = 2,
        depth: int = 5000,
        at_once: int = 1_000_000,
        budget: int = 4096,
        history_limit: int = 200,
        replica: ScriptedReplica | None = None,
    ) -> None:
        clock, ids = LoopClock(), CountedIds()
        self.store = FaultyConversations()
        self.replica = replica or ScriptedReplica(*script)
        self.admission = admission_over([self.replica], (LLAMA, QWEN), slots=slots, depth=depth)
        self.models = ListedModels(LLAMA, QWEN)
        self.quota = CountedQuota(at_once)
        services = ReplyServices(
            admission=self.admission,
            quota=self.quota,
            models=self.models,
            replicas=ScriptedReplicas.of(self.replica),
            estimates=PlainEstimates(),
            profiles=OneProfile(ModelProfile(prompt_tokens=budget)),
            meter=NotedReplies(),
            audit=PromptAudit(PlainEstimates(), OneProfile()),
            clock=clock,
            bounds=lambda _: ReplyBounds(),
        )
        replies = GenerateReplyHandler(services, LLAMA)
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
        self._taken = 0

    async def ask(self, text: str = "Hi", actor: Actor = ADA, **more: Any) -> None:
        """Ask, and hear the answer to its end."""
        command = SendMessage(actor, RequestId("request-1"), text, **more)
        async with aclosing(await self.send(command)) as answer:
            async for batch in answer:
                self.heard.extend(batch)
                await asyncio.sleep(0)

    def take_slot(self, actor: Actor = BOB) -> ScheduledPlace:
        """Somebody else's request, which keeps what it gets until it leaves."""
        self._taken += 1
        name = ticket_name(actor.user_id, RequestId(f"taken-{self._taken}"))
        return self.admission.enter(Ticket(name, actor.user_id, LLAMA.key, WorkloadClass.INTERACTIVE, cost=1))

    @property
    def in_use(self) -> tuple[int, int, int, int]:
        """Running, waiting, places and reservations that were not given back, connections to the replica."""
        view, held = self.admission.view, max(self.admission.places, self.quota.open)
        return (view.in_flight, view.waiting, held, self.replica.open_streams)

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
