"""Who gets what: every object of the service, made and joined by hand."""

from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass

from ollamanet.application.conversations.answer_recorder import AnswerRecorder
from ollamanet.application.conversations.commands.send_message import SendMessageHandler
from ollamanet.application.conversations.commands.summarize_conversation import SummarizeConversationHandler
from ollamanet.application.conversations.live_chats import LiveChats
from ollamanet.application.conversations.live_room import RoomBounds
from ollamanet.application.conversations.queries.get_conversation import GetConversationHandler
from ollamanet.application.conversations.queries.list_conversations import ListConversationsHandler
from ollamanet.application.conversations.queries.list_messages import ListMessagesHandler
from ollamanet.application.inference.commands.generate_reply import GenerateReplyHandler
from ollamanet.application.kernel.background import Background
from ollamanet.application.kernel.clock import Ids
from ollamanet.application.operations.queries.check_readiness import CheckReadinessHandler
from ollamanet.bootstrap.audit_wiring import Audit, wire_audit
from ollamanet.bootstrap.identity_wiring import MAILS_AT_ONCE, Identity, wire_identity
from ollamanet.bootstrap.inference_wiring import Inference, wire_inference
from ollamanet.bootstrap.limits_wiring import Limits, wire_limits
from ollamanet.bootstrap.metrics_wiring import Metrics, wire_metrics
from ollamanet.bootstrap.recovery_wiring import warn_without_mail
from ollamanet.bootstrap.settings import Settings
from ollamanet.bootstrap.storage import Storage, open_storage
from ollamanet.infrastructure.conversations.sql_conversations import SqlConversations
from ollamanet.infrastructure.identity.daily_purge import DailyPurge
from ollamanet.infrastructure.kernel.background_jobs import BackgroundJobs
from ollamanet.infrastructure.kernel.system_clock import SystemClock, UuidV7Ids
from ollamanet.infrastructure.operations.database_probe import DatabaseProbe
from ollamanet.infrastructure.operations.redis_probe import RedisProbe
from ollamanet.interfaces.conversations.kept_answers import ChatTranscript, ResumableChats


@dataclass(frozen=True, slots=True)
class Conversations:
    """The use cases of the conversations module."""

    chats: ResumableChats
    list_conversations: ListConversationsHandler
    get_conversation: GetConversationHandler
    list_messages: ListMessagesHandler


@dataclass(frozen=True, slots=True)
class Services:
    """The whole service, ready to be served."""

    settings: Settings
    storage: Storage
    ids: Ids
    identity: Identity
    conversations: Conversations
    check_readiness: CheckReadinessHandler
    inference: Inference
    limits: Limits
    metrics: Metrics
    audit: Audit


@asynccontextmanager
async def running_services(settings: Settings) -> AsyncIterator[Services]:
    """Open everything, and close it in reverse: background work, replies, then writes, then the database.

    Raises:
        StartRefused, UnusableSigningKey: the message says what to do.
    """
    ids, metrics = UuidV7Ids(), wire_metrics(settings)
    warn_without_mail(settings)
    async with (
        open_storage(settings) as storage,
        wire_limits(settings, storage) as limits,
        wire_inference(settings, storage, limits, metrics) as inference,
        BackgroundJobs() as background,
        BackgroundJobs(limit=MAILS_AT_ONCE) as mailing,
    ):
        with wire_identity(settings, storage, mailing, metrics.mails) as identity:
            conversations = _conversations(settings, storage, inference.replies, ids, background)
            services = Services(
                settings=settings,
                storage=storage,
                ids=ids,
                identity=identity,
                conversations=conversations,
                check_readiness=_readiness(settings, storage, inference),
                inference=inference,
                limits=limits,
                metrics=metrics,
                audit=wire_audit(storage),
            )
            async with (
                identity.keys.running(),
                aclosing(conversations.chats),
                DailyPurge(identity.purge_expired).running(),
            ):
                yield services


def _conversations(
    settings: Settings, storage: Storage, replies: GenerateReplyHandler, ids: Ids, background: Background
) -> Conversations:
    clock = SystemClock()
    store = SqlConversations(storage.database, storage.writer)
    recorder = AnswerRecorder(store, clock, ids)
    summarize = SummarizeConversationHandler(store, replies, clock, ids)
    send_message = SendMessageHandler(store, replies, recorder, clock, ids, summarize, background)
    room, grace = RoomBounds(settings.chat.resume_bytes), settings.chat.resume_grace_s
    return Conversations(
        chats=LiveChats(send_message, ChatTranscript, room, grace=grace),
        list_conversations=ListConversationsHandler(store),
        get_conversation=GetConversationHandler(store),
        list_messages=ListMessagesHandler(store),
    )


def _readiness(settings: Settings, storage: Storage, inference: Inference) -> CheckReadinessHandler:
    others = [RedisProbe(settings.redis.url)] if settings.redis.url else []
    return CheckReadinessHandler(DatabaseProbe(storage.database), inference.probes, others, SystemClock())
