"""The inference module, joined to its adapters."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from ollamanet.application.inference.admission_ports import Admission
from ollamanet.application.inference.commands.generate_reply import GenerateReplyHandler
from ollamanet.application.inference.fitted_profiles import FittedProfiles
from ollamanet.application.inference.local_models import LocalModels
from ollamanet.application.inference.ports import ModelDirectory, Quota, ReplyMeter
from ollamanet.application.inference.prompt_audit import PromptAudit
from ollamanet.application.inference.queries.explain_decision import ExplainDecisionHandler
from ollamanet.application.inference.queries.get_active_profile import GetActiveProfileHandler
from ollamanet.application.inference.queries.show_queue import ShowQueueHandler
from ollamanet.application.inference.reply_services import ReplyBounds, ReplyServices
from ollamanet.application.operations.ports import Probe
from ollamanet.bootstrap.limits_wiring import Limits
from ollamanet.bootstrap.metrics_wiring import Metrics, snapshot_of
from ollamanet.bootstrap.profiles_wiring import ChosenProfile, choose_active, kept_warm
from ollamanet.bootstrap.replica_wiring import administered, configured
from ollamanet.bootstrap.settings import Settings
from ollamanet.bootstrap.storage import Storage
from ollamanet.domain.inference.active_profile import ActiveProfile
from ollamanet.domain.inference.scheduling_policy import SchedulingPolicy
from ollamanet.domain.inference.token_calibration import TokenCalibration
from ollamanet.domain.kernel.chat import Priority
from ollamanet.domain.kernel.model_name import ModelName
from ollamanet.infrastructure.inference.fleet_parts import FleetPolicy
from ollamanet.infrastructure.inference.ollama_address import ReplicaAddress, ReplicaTimeouts
from ollamanet.infrastructure.inference.ollama_chat import OllamaChat
from ollamanet.infrastructure.inference.queue_loads import QueueLoads
from ollamanet.infrastructure.inference.queue_watch import ScheduledQueueWatch
from ollamanet.infrastructure.inference.replica_fleet import ReplicaFleet
from ollamanet.infrastructure.inference.scheduled_admission import ScheduledAdmission
from ollamanet.infrastructure.kernel.http_transport import FastTransport
from ollamanet.infrastructure.kernel.system_clock import SystemClock, UuidV7Ids
from ollamanet.interfaces.inference.replica_routes import ReplicaUseCases


@dataclass(frozen=True, slots=True)
class Inference:
    """Where replies come from, how the replicas are, and how the queue stands."""

    replies: GenerateReplyHandler
    admission: ScheduledAdmission
    probes: Sequence[Probe]
    replicas: ReplicaUseCases
    show_queue: ShowQueueHandler
    explain_decision: ExplainDecisionHandler
    get_active_profile: GetActiveProfileHandler


@asynccontextmanager
async def wire_inference(
    settings: Settings, storage: Storage, limits: Limits, metrics: Metrics
) -> AsyncIterator[Inference]:
    """Join it; connections to the replicas end with the context.

    Raises:
        StartRefused: the model profiles cannot be used.
    """
    clock, transport = SystemClock(), FastTransport()
    chosen = await choose_active(settings)
    admission = ScheduledAdmission(_policy(settings), clock)
    loads = QueueLoads(admission)
    fleet = _fleet(settings, chosen, admission, transport)
    watch = ScheduledQueueWatch(admission, settings.queue.depth, metrics.replies, clock)
    metrics.watch(lambda: snapshot_of(admission.view, clock.monotonic()), is_known=loads.is_known)
    models = fleet if settings.pool.allow_cloud_models else LocalModels(fleet)
    services = _services(chosen.active, admission, limits.quota, models, fleet, watch)
    default = ModelName.parse(settings.chat.default_model) if settings.chat.default_model else None
    try:
        async with (
            administered(settings, storage, fleet, loads) as replicas,
            kept_warm(
                chosen, settings, fleet.apis, clock, in_use=loads.in_use, changed=fleet.loads_changed
            ) as get_active_profile,
        ):
            fleet.start()
            yield Inference(
                replies=GenerateReplyHandler(services, default),
                admission=admission,
                probes=fleet.probes,
                replicas=replicas,
                show_queue=ShowQueueHandler(watch),
                explain_decision=ExplainDecisionHandler(watch),
                get_active_profile=get_active_profile,
            )
    finally:
        admission.stop()
        await fleet.aclose()
        await transport.aclose()


def _services(
    active: ActiveProfile,
    admission: Admission,
    quota: Quota,
    models: ModelDirectory,
    fleet: ReplicaFleet,
    meter: ReplyMeter,
) -> ReplyServices:
    estimates, profiles = TokenCalibration(), FittedProfiles(active, fleet.trained)
    return ReplyServices(
        admission=admission,
        quota=quota,
        models=models,
        replicas=fleet,
        estimates=estimates,
        profiles=profiles,
        meter=meter,
        audit=PromptAudit(estimates, profiles),
        clock=SystemClock(),
        bounds={each: ReplyBounds(*active.bounds_of(each)) for each in Priority}.__getitem__,
    )


_NO_BOUND: Final = 1_000_000_000


def _policy(settings: Settings) -> SchedulingPolicy:
    queue = settings.queue
    # How much of the queue is one user's is for his limits to say.
    return SchedulingPolicy(depth=queue.depth, depth_per_user=_NO_BOUND, size=queue.bytes)


def _fleet(
    settings: Settings, chosen: ChosenProfile, admission: ScheduledAdmission, transport: FastTransport
) -> ReplicaFleet:
    pool, ids = settings.pool, UuidV7Ids()
    timeouts = ReplicaTimeouts(pool.connect_timeout_s, pool.first_token_timeout_s, pool.silence_timeout_s)

    def new_chat(address: ReplicaAddress) -> OllamaChat:
        return OllamaChat(
            address,
            transport,
            timeouts,
            lambda: f"call_{ids.new().hex}",
            profiles=chosen.active,
            allow_cloud=pool.allow_cloud_models,
        )

    fleet = ReplicaFleet(
        admission,
        transport,
        SystemClock(),
        new_chat,
        lambda model: chosen.active.of(model).slots,
        policy=FleetPolicy(allow_cloud=pool.allow_cloud_models),
    )
    for url, options in configured(pool).items():
        fleet.add(url, options, token=pool.replica_token)
    return fleet
