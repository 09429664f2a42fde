"""Loads the profile's most important models at start, and keeps them loaded, on every replica that has them."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

import structlog

from ollamanet.application.kernel.clock import Clock
from ollamanet.domain.inference.warmth import Warmth
from ollamanet.infrastructure.inference.ollama_api import OllamaApi
from ollamanet.infrastructure.inference.warm_models import WarmModel, WarmPace
from ollamanet.infrastructure.inference.warm_replica import InUse, LoadsChanged, WarmReplica, unheard, unused

_LOOK_FOR_REPLICAS: Final = 1.0


class ModelWarmer:
    """Satisfies `WarmModels`. Each replica is tended by a task of its own, so that none waits for another's loads.

    Args:
        replicas: gives those that there are now.
        models: to be kept loaded, the most important first.
        clock: tells when they were asked for last.
        in_use: what requests want of a replica now; a load gives way to them.
        pace: how often and how long.
        changed: told of every replica that had models loaded or left because of it.
    """

    def __init__(
        self,
        replicas: Callable[[], Sequence[OllamaApi]],
        models: Sequence[WarmModel],
        clock: Clock,
        *,
        in_use: InUse = unused,
        pace: WarmPace | None = None,
        changed: LoadsChanged = unheard,
    ) -> None:
        self._replicas: Final = replicas
        self._models: Final = tuple(models)
        self._clock: Final = clock
        self._in_use: Final = in_use
        self._pace: Final = pace or WarmPace()
        self._changed: Final = changed
        self._tended: Final[dict[OllamaApi, tuple[WarmReplica, asyncio.Task[None]]]] = {}
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin; returns at once, whatever the replicas do."""
        self._task = asyncio.create_task(self._follow_replicas(), name="keep models warm")

    def states(self) -> Sequence[Warmth]:
        """Every model on every replica, as it was last."""
        return [state for replica, _ in self._tended.values() for state in replica.states()]

    async def aclose(self) -> None:
        """Stop; a load that is under way is broken off."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})

    async def _follow_replicas(self) -> None:
        try:
            while True:
                await self._reconcile()
                await asyncio.sleep(min(_LOOK_FOR_REPLICAS, self._pace.look))
        finally:
            await self._stop(list(self._tended))

    async def _reconcile(self) -> None:
        there = self._replicas()
        await self._stop([api for api in self._tended if api not in there])
        for api in there:
            if api not in self._tended:
                replica = WarmReplica(api, self._models, self._clock, self._in_use, self._pace, self._changed)
                task = asyncio.create_task(_tend(replica), name=f"keep models warm on {api.name}")
                task.add_done_callback(_report)
                self._tended[api] = replica, task

    async def _stop(self, apis: Sequence[OllamaApi]) -> None:
        tasks = [self._tended.pop(api)[1] for api in apis]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)


async def _tend(replica: WarmReplica) -> None:
    while True:
        pause = await replica.round()
        await asyncio.sleep(pause)


def _report(task: asyncio.Task[None]) -> None:
    # A defect ends the task, and nobody looks at that before the replica goes.
    if not task.cancelled() and (defect := task.exception()) is not None:
        structlog.get_logger().error("models are no longer kept warm", exc_info=defect)
