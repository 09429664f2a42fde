"""Five thousand requests over real sockets, cut at random moments while replicas fail: nothing is left behind."""

import asyncio
import random
from collections import Counter
from contextlib import AsyncExitStack, aclosing
from uuid import UUID

import pytest
from tests.application.inference.generating import USUAL
from tests.fakes.inference.reply_ports import NotedReplies, OneProfile
from tests.infrastructure.inference.fleets import QUICK, becomes
from tests.infrastructure.inference.ollama_daemon import PATIENT, chat_at
from tests.infrastructure.inference.quota_desk import QuotaDesk
from tests.infrastructure.kernel.http_clients import fast_transport
from tests.infrastructure.simulator.daemons import daemon

from ollamanet.application.inference.commands.generate_reply import GenerateReplyHandler
from ollamanet.application.inference.prompt_audit import PromptAudit
from ollamanet.application.inference.replica_ports import ReplicaOptions
from ollamanet.application.inference.reply_services import ReplyServices
from ollamanet.domain.inference.limits import UserLimits
from ollamanet.domain.inference.scheduling_policy import SchedulingPolicy
from ollamanet.domain.inference.token_calibration import TokenCalibration
from ollamanet.domain.kernel.chat import ReplyRequest, Role, Turn
from ollamanet.domain.kernel.errors import Refusal
from ollamanet.domain.kernel.ids import RequestId, UserId
from ollamanet.domain.kernel.model_name import ModelName
from ollamanet.infrastructure.inference.replica_fleet import ReplicaFleet
from ollamanet.infrastructure.inference.scheduled_admission import ScheduledAdmission
from ollamanet.infrastructure.kernel.system_clock import SystemClock
from ollamanet.infrastructure.simulator.options import ModelSpec

pytestmark = pytest.mark.anyio

REQUESTS, AT_ONCE = 5000, 200
FAULTS = (
    "refuse",
    "busy",
    "crash:0",
    "oom",
    "die-mid-stream:2",
    "reset-mid-stream:1",
    "garbage",
    "empty",
    "error-line",
)
MODELS = ["steady", *(f"fault-{fault}" for fault in FAULTS)]
SIMULATED = {
    "models": tuple(ModelSpec(name=name) for name in MODELS),
    "tokens_per_second": 2000,
    "reply_tokens": 20,
    "slots": 4,
}
PLENTY = UserLimits(concurrency=10_000, requests_per_minute=1_000_000, tokens_per_minute=1_000_000_000)


class Core:
    """Everything between a request and a replica, as it is wired in the service."""

    def __init__(self, admission: ScheduledAdmission, fleet: ReplicaFleet) -> None:
        self.admission, self.fleet = admission, fleet
        self.desk = QuotaDesk(PLENTY)
        self.meter = NotedReplies()
        estimates, profiles = TokenCalibration(), OneProfile()
        services = ReplyServices(
            admission=admission,
            quota=self.desk.quota,
            models=fleet,
            replicas=fleet,
            estimates=estimates,
            profiles=profiles,
            meter=self.meter,
            audit=PromptAudit(estimates, profiles),
            clock=SystemClock(),
            bounds=lambda _: USUAL,
        )
        self.handler = GenerateReplyHandler(services)

    async def ask(self, number: int, model: str) -> str:
        turns = (Turn(Role.USER, "Why is the sky blue?"),)
        user = UserId(UUID(int=number % 20 + 1))
        request = ReplyRequest(RequestId(f"request-{number}"), user, ModelName.parse(model), turns, prompt_tokens=9)
        try:
            reply = self.handler.admit(request)
            async with aclosing(reply.events()) as events:
                async for _ in events:
                    continue
        except Refusal as refusal:
            return refusal.code
        return "answered"

    def used(self) -> int:
        return sum(self.desk.usage(UserId(UUID(int=user))).user.concurrency.used for user in range(1, 21))


async def cut(task: asyncio.Task[str], after: float) -> str:
    done, _ = await asyncio.wait((task,), timeout=after)
    if done:
        return task.result()
    task.cancel()
    await asyncio.wait((task,))
    return "cut" if task.cancelled() else task.result()


async def test_five_thousand_requests_cut_at_random_leave_nothing_behind() -> None:
    chance = random.Random(20261122)
    admission = ScheduledAdmission(SchedulingPolicy(depth=1000, depth_per_user=1000), SystemClock())
    async with AsyncExitStack() as stack:
        daemons = [await stack.enter_async_context(daemon(**SIMULATED)) for _ in range(2)]
        transport = await stack.enter_async_context(fast_transport())
        fleet = ReplicaFleet(
            admission, transport, SystemClock(), lambda at: chat_at(at.url, transport, PATIENT), policy=QUICK
        )
        stack.push_async_callback(fleet.aclose)
        stack.callback(admission.stop)
        for each in daemons:
            fleet.add(each.base_url, ReplicaOptions(slots=4, max_loaded=20))
        fleet.start()
        await becomes(lambda: all("steady:latest" in each.spec.installed for each in admission.view.replicas()))
        core, room, ends = Core(admission, fleet), asyncio.Semaphore(AT_ONCE), Counter[str]()
        before = len(asyncio.all_tasks())

        async def one(number: int) -> None:
            async with room:
                # One in twenty meets a fault, so that breakers open and close; one in three is patient.
                model = chance.choice(MODELS) if chance.random() < 0.05 else "steady"
                task = asyncio.ensure_future(core.ask(number, model))
                ends[await cut(task, 30.0 if chance.random() < 0.3 else chance.random() * 0.15)] += 1

        await asyncio.gather(*(one(number) for number in range(REQUESTS)))
        await becomes(lambda: all(each.simulator.counters.in_flight == 0 for each in daemons))

        view = admission.view
        assert (view.in_flight, view.waiting, view.waiting_bytes, admission.places) == (0, 0, 0, 0)
        assert core.used() == 0
        assert all(not each.running and each.outstanding == 0 for each in view.replicas())
        assert all(status.running == 0 for status in fleet.statuses())
        await becomes(lambda: transport.open_connections <= transport.idle_connections + len(daemons))
        await becomes(lambda: len(asyncio.all_tasks()) <= before + 2)
        assert sum(ends.values()) == REQUESTS
        assert ends["cut"] > REQUESTS / 10
        assert ends["answered"] > REQUESTS / 10
        assert ends["upstream_error"] > 0
