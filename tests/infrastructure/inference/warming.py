"""A warmer before simulated daemons, at a pace for tests."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import msgspec
from tests.infrastructure.kernel.http_clients import fast_transport, until

from ollamanet.domain.inference.warmth import WarmState
from ollamanet.domain.kernel.model_name import ModelName
from ollamanet.infrastructure.inference.model_warmer import ModelWarmer
from ollamanet.infrastructure.inference.ollama_address import ReplicaAddress
from ollamanet.infrastructure.inference.ollama_api import OllamaApi
from ollamanet.infrastructure.inference.warm_models import WarmModel, WarmPace
from ollamanet.infrastructure.inference.warm_replica import InUse, unused
from ollamanet.infrastructure.inference.warm_wire import Answered, LoadSent
from ollamanet.infrastructure.kernel.http_transport import FastTransport
from ollamanet.infrastructure.kernel.system_clock import SystemClock
from ollamanet.infrastructure.simulator.app import Simulator
from ollamanet.infrastructure.simulator.faults import Fault, Planned
from ollamanet.infrastructure.simulator.options import ModelSpec, SimulatorOptions
from ollamanet.infrastructure.simulator.server import running_simulator

QUICK = WarmPace(look=0.02, glance=0.01, answer=5.0, load=30.0, pause=0.05, longest_pause=0.2)
TALKER, OTHER, STRANGER = (ModelSpec(name=name, size=1000) for name in ("talker", "other", "stranger"))
EMBEDDER = ModelSpec(name="embedder", capabilities=("embedding",), size=1000, trained_context=512)
OPTIONS = SimulatorOptions(
    port=0,
    models=(TALKER, OTHER, STRANGER, EMBEDDER),
    tokens_per_second=0,
    prompt_tokens_per_second=0,
    load_seconds=0,
    unload_seconds=0,
    reply_tokens=3,
)


def warm(name: str, num_ctx: int | None = 8192, keep_alive: float = 600.0) -> WarmModel:
    return WarmModel(ModelName.parse(name), num_ctx, keep_alive)


@dataclass(frozen=True, slots=True)
class Warming:
    """A daemon, and what warms it."""

    simulator: Simulator
    api: OllamaApi
    warmer: ModelWarmer
    transport: FastTransport
    address: ReplicaAddress

    @property
    def states(self) -> dict[str, WarmState]:
        return {each.model.family: each.state for each in self.warmer.states()}

    @property
    def details(self) -> dict[str, str | None]:
        return {each.model.family: each.detail for each in self.warmer.states()}

    @property
    def loaded(self) -> dict[str, Any]:
        return {runner.installed.name.removesuffix(":latest"): runner for runner in self.simulator.scheduler.runners}

    def asked(self, path: str) -> int:
        return self.simulator.counters.requests[f"POST {path}"]

    async def until(self, **states: WarmState) -> None:
        await until(lambda: all(self.states.get(name) is state for name, state in states.items()))

    async def somebody_loads(self, name: str, keep_alive: float = 600.0, num_ctx: int = 8192) -> None:
        """Ask for a model as others than the warmer do."""
        sent = LoadSent.of(warm(name, num_ctx), "/api/generate", keep_alive)
        await self.api.post("/api/generate", sent, Answered, timeout=30)

    def will_fail(self, fault: str, requests: int, model: str = "", route: str = "") -> None:
        """Have the daemon fail."""
        parsed = Fault.parse(fault)
        assert parsed is not None
        self.simulator.plan.planned.append(Planned(parsed, requests, model, route))


@asynccontextmanager
async def warming(
    *models: WarmModel, in_use: InUse = unused, pace: WarmPace = QUICK, start: bool = True, **changes: Any
) -> AsyncIterator[Warming]:
    """A daemon with the changed options, and a warmer that runs unless `start` is false."""
    async with running_simulator(msgspec.structs.replace(OPTIONS, **changes)) as running, fast_transport() as transport:
        address = ReplicaAddress(running.base_url)
        api = OllamaApi(address, transport)
        warmer = ModelWarmer(lambda: [api], models, SystemClock(), in_use=in_use, pace=pace)
        if start:
            warmer.start()
        try:
            yield Warming(running.simulator, api, warmer, transport, address)
        finally:
            await warmer.aclose()


async def stays(condition: Callable[[], bool], *, looks: int = 10) -> None:
    """Something holds for as long as the warmer takes for some looks."""
    for _ in range(looks):
        assert condition()
        await asyncio.sleep(QUICK.look)


def left_over() -> Sequence[str]:
    """Names of tasks that keep models warm."""
    return [task.get_name() for task in asyncio.all_tasks() if "warm" in task.get_name() or "load " in task.get_name()]
