"""One service with scripted replicas, and ways to hear what it says."""

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import replace
from uuid import UUID

from tests.contracts.replies import a_request
from tests.fakes.inference.listed_models import LLAMA, QWEN, ListedModels
from tests.fakes.inference.reply_ports import (
    CountedQuota,
    NotedReplies,
    OneProfile,
    PlainEstimates,
    ScriptedReplicas,
)
from tests.fakes.inference.scripted_replica import ScriptedReplica
from tests.fakes.inference.scripts import Step
from tests.fakes.kernel.virtual_time import LoopClock

from ollamanet.application.inference.admitted_reply import AdmittedReply
from ollamanet.application.inference.commands.generate_reply import GenerateReplyHandler
from ollamanet.application.inference.prompt_audit import PromptAudit
from ollamanet.application.inference.reply_services import ReplyBounds, ReplyServices
from ollamanet.domain.inference.capacity import Health, ReplicaSpec
from ollamanet.domain.inference.scheduling_policy import SchedulingPolicy
from ollamanet.domain.inference.tickets import ReplicaId
from ollamanet.domain.kernel.ids import UserId
from ollamanet.domain.kernel.model_name import ModelName
from ollamanet.domain.kernel.reply import ReplyEvent
from ollamanet.infrastructure.inference.scheduled_admission import ScheduledAdmission

USUAL = ReplyBounds()


def admission_over(
    replicas: Sequence[ScriptedReplica],
    models: Sequence[ModelName],
    *,
    slots: int = 1,
    depth: int = 9,
    resident: bool = True,
) -> ScheduledAdmission:
    """A queue before replicas that have these models, all of them loaded."""
    policy = SchedulingPolicy(depth=depth, depth_per_user=depth or 1, reserved=0)
    admission = ScheduledAdmission(policy, LoopClock())
    for each in replicas:
        name = ReplicaId(each.name)
        installed = {model.key: 0 for model in models}
        admission.put_replica(ReplicaSpec(name, installed, slots=slots, max_loaded=9), Health.HEALTHY)
        admission.loaded_changed(name, installed if resident else ())
    return admission


class Service:
    """A handler and everything behind it."""

    def __init__(
        self,
        *script: Step,
        slots: int = 1,
        depth: int = 9,
        bounds: ReplyBounds = USUAL,
        default: ModelName | None = None,
        models: Sequence[ModelName] = (LLAMA, QWEN),
        others: Sequence[ScriptedReplica] = (),
        resident: bool = True,
    ) -> None:
        self.clock = LoopClock()
        self.models = ListedModels(*models)
        self.replica = ScriptedReplica(*script)
        self.others = others
        self.admission = admission_over(
            (self.replica, *others), (LLAMA, QWEN), slots=slots, depth=depth, resident=resident
        )
        self.quota, self.meter, self.estimates = CountedQuota(), NotedReplies(), PlainEstimates()
        self.replicas = ScriptedReplicas.of(self.replica, *others)
        self.services = ReplyServices(
            admission=self.admission,
            quota=self.quota,
            models=self.models,
            replicas=self.replicas,
            estimates=self.estimates,
            profiles=OneProfile(),
            meter=self.meter,
            audit=PromptAudit(self.estimates, OneProfile()),
            clock=self.clock,
            bounds=lambda _: bounds,
        )
        self.handler = GenerateReplyHandler(self.services, default)

    @property
    def in_use(self) -> tuple[int, int, int, int]:
        """Running, waiting, places and reservations that were not given back, connections to replicas."""
        view = self.admission.view
        held = max(self.admission.places, self.quota.open)
        streams = sum(each.open_streams for each in (self.replica, *self.others))
        return (view.in_flight, view.waiting, held, streams)

    def admit(self, *, user: int = 1, timeout: float | None = None) -> AdmittedReply:
        return self.handler.admit(replace(a_request(user), user=UserId(UUID(int=user)), timeout=timeout))


NOTHING = (0, 0, 0, 0)


class Listener:
    """Hears one reply in a task of its own; knows when each event came, in seconds from the start."""

    def __init__(self, reply: AdmittedReply) -> None:
        self.heard: list[tuple[float, ReplyEvent]] = []
        self._began = asyncio.get_running_loop().time()
        self.task = asyncio.ensure_future(self._listen(reply))

    async def _listen(self, reply: AdmittedReply) -> None:
        async with aclosing(reply.events()) as events:
            async for batch in events:
                passed = asyncio.get_running_loop().time() - self._began
                self.heard += [(round(passed, 3), event) for event in batch]

    @property
    def events(self) -> list[ReplyEvent]:
        return [event for _, event in self.heard]
