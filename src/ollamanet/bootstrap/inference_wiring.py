"""The inference module, joined to its adapters."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import structlog

from ollamanet.application.inference.commands.generate_reply import GenerateReplyHandler, ReplyBounds
from ollamanet.application.inference.queries.get_active_profile import GetActiveProfileHandler
from ollamanet.application.operations.ports import Probe
from ollamanet.bootstrap.profiles_wiring import choose_active, kept_warm
from ollamanet.bootstrap.settings import Settings
from ollamanet.domain.kernel.model_name import ModelName
from ollamanet.infrastructure.inference.bounded_admission import AdmissionBounds, BoundedAdmission
from ollamanet.infrastructure.inference.ollama_address import ReplicaAddress, ReplicaTimeouts
from ollamanet.infrastructure.inference.ollama_api import OllamaApi
from ollamanet.infrastructure.inference.ollama_chat import OllamaChat
from ollamanet.infrastructure.inference.ollama_directory import OllamaDirectory
from ollamanet.infrastructure.inference.ollama_probe import OllamaProbe
from ollamanet.infrastructure.kernel.http_transport import FastTransport
from ollamanet.infrastructure.kernel.system_clock import SystemClock, UuidV7Ids


@dataclass(frozen=True, slots=True)
class Inference:
    """Where replies come from, and how the replicas are."""

    replies: GenerateReplyHandler
    admission: BoundedAdmission
    probes: Sequence[Probe]
    get_active_profile: GetActiveProfileHandler


@asynccontextmanager
async def wire_inference(settings: Settings) -> AsyncIterator[Inference]:
    """Join it; connections to the replicas end with the context."""
    pool, queue = settings.pool, settings.queue
    clock, ids = SystemClock(), UuidV7Ids()
    chosen = await choose_active(settings)
    addresses = [ReplicaAddress(url, pool.replica_token) for url in pool.replicas]
    _tell_of_idle(addresses)
    timeouts = ReplicaTimeouts(pool.connect_timeout_s, pool.first_token_timeout_s, pool.silence_timeout_s)
    transport = FastTransport()
    apis = [OllamaApi(address, transport) for address in addresses]
    admission = BoundedAdmission(AdmissionBounds(pool.slots_per_model, queue.depth, queue.user_concurrency), clock)
    models = OllamaDirectory(apis[0], clock, allow_cloud=pool.allow_cloud_models)
    replies = GenerateReplyHandler(
        admission=admission,
        models=models,
        replica=OllamaChat(
            addresses[0],
            transport,
            timeouts,
            lambda: f"call_{ids.new().hex}",
            allow_cloud=pool.allow_cloud_models,
        ),
        clock=clock,
        bounds=ReplyBounds(queue.queue_timeout_s, queue.request_timeout_s),
        prompt_tokens=queue.prompt_tokens,
        default_model=ModelName.parse(settings.chat.default_model) if settings.chat.default_model else None,
    )
    try:
        async with kept_warm(chosen, settings, lambda: apis, clock) as get_active_profile:
            yield Inference(replies, admission, [OllamaProbe(api, clock) for api in apis], get_active_profile)
    finally:
        await models.aclose()
        await transport.aclose()


def _tell_of_idle(addresses: Sequence[ReplicaAddress]) -> None:
    for address in addresses[1:]:
        detail = "only the first replica serves until requests can be routed; this one is probed, not used"
        structlog.get_logger().warning("idle replica", replica=address.name, detail=detail)
