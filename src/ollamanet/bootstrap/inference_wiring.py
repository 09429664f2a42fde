"""The inference module, joined to its adapters."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import structlog

from ollamanet.application.inference.commands.generate_reply import GenerateReplyHandler, ReplyBounds
from ollamanet.application.operations.ports import Probe
from ollamanet.bootstrap.settings import Settings
from ollamanet.domain.kernel.model_name import ModelName
from ollamanet.infrastructure.inference.bounded_admission import AdmissionBounds, BoundedAdmission
from ollamanet.infrastructure.inference.ollama_address import ReplicaAddress
from ollamanet.infrastructure.inference.ollama_chat import OllamaChat
from ollamanet.infrastructure.inference.ollama_directory import OllamaDirectory
from ollamanet.infrastructure.inference.ollama_probe import OllamaProbe
from ollamanet.infrastructure.kernel.http_transport import FastTransport
from ollamanet.infrastructure.kernel.system_clock import SystemClock


@dataclass(frozen=True, slots=True)
class Inference:
    """Where replies come from, and how the replicas are."""

    replies: GenerateReplyHandler
    admission: BoundedAdmission
    probes: Sequence[Probe]


@asynccontextmanager
async def wire_inference(settings: Settings) -> AsyncIterator[Inference]:
    """Join it; connections to the replicas end with the context."""
    pool, queue = settings.pool, settings.queue
    clock = SystemClock()
    addresses = [ReplicaAddress.parse(url, token=pool.replica_token) for url in pool.replicas]
    if len(addresses) > 1:
        ignored = ", ".join(address.name for address in addresses[1:])
        structlog.get_logger().warning(
            "one replica serves", replica=addresses[0].name, detail=f"not used yet: {ignored}"
        )
    transport = FastTransport()
    try:
        admission = BoundedAdmission(AdmissionBounds(pool.slots_per_model, queue.depth, queue.user_concurrency), clock)
        replies = GenerateReplyHandler(
            admission=admission,
            models=OllamaDirectory(addresses[0], transport),
            replica=OllamaChat(addresses[0], transport),
            clock=clock,
            bounds=ReplyBounds(queue.queue_timeout_s, queue.request_timeout_s),
            default_model=ModelName.parse(settings.chat.default_model) if settings.chat.default_model else None,
        )
        yield Inference(replies, admission, [OllamaProbe(address, transport) for address in addresses])
    finally:
        await transport.aclose()
