"""Looks after one replica: probes it, and keeps what it lists up to date."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Final

from ollamanet.application.kernel.clock import Clock
from ollamanet.domain.inference.replica_health import ReplicaHealth
from ollamanet.domain.kernel.errors import Refusal
from ollamanet.infrastructure.inference.fleet_parts import FleetPolicy
from ollamanet.infrastructure.inference.ollama_api import OllamaApi
from ollamanet.infrastructure.inference.ollama_wire import VersionAnswer
from ollamanet.infrastructure.inference.replica_models import ReplicaModels
from ollamanet.infrastructure.inference.replica_question import SharedQuestion

_LEAST_PAUSE: Final = 0.01


class ReplicaWatch:
    """A probe is `GET /api/version`, which touches neither disk nor GPU nor scheduler of the daemon.

    Args:
        api: the replica.
        models: what it has.
        clock: the time.
        policy: how closely it is watched.
        chance: a number in [0, 1) each time it is called.

    Attributes:
        health: how it does; replaced when its process is a new one.
        stretch: how much less often it is probed while it is well, >= 1.
        next_change: given the time in seconds, when something changes although nothing is heard.
        changed: called when `health` may say something else.
        checked_at: when a probe ended last.
        latency: seconds that the last answer took; None while there is none.
        version: of Ollama, as heard last.
    """

    def __init__(
        self, api: OllamaApi, models: ReplicaModels, clock: Clock, policy: FleetPolicy, chance: Callable[[], float]
    ) -> None:
        self._api: Final = api
        self._models: Final = models
        self._clock: Final = clock
        self._policy: Final = policy
        self._chance: Final = chance
        self._probing: Final = SharedQuestion(self._probe, f"probe {api.name}")
        self._woken: Final = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._probed_at = self._due = float("-inf")
        self.health = ReplicaHealth(policy.health)
        self.stretch: Callable[[], float] = lambda: 1.0
        self.next_change: Callable[[float], float] = self.health.next_change
        self.changed: Callable[[], None] = lambda: None
        self.checked_at: datetime | None = None
        self.latency: float | None = None
        self.version: str | None = None

    def start(self) -> None:
        """Begin; idempotent."""
        if self._task is None:
            self._task = asyncio.create_task(self._watch(), name=f"watch {self._api.name}")

    async def aclose(self) -> None:
        """Stop, for good."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})
        await self._probing.aclose()

    async def check(self) -> None:
        """Probe it now, or share the probe that is under way."""
        await self._probing()

    def retry_after(self) -> float:
        """Seconds (>= 1) until more may be known of it."""
        return max(1.0, self._due - self._clock.monotonic())

    def hurry(self, *, now: bool = False) -> None:
        """Something is wrong: probe it soon, or now, and not when its turn comes."""
        soon = float("-inf") if now else self._probed_at + self._policy.health.soon
        self._due = min(self._due, soon)
        self._woken.set()

    def look(self) -> None:
        """Something else than probes may be due earlier than it was."""
        self._woken.set()

    async def _watch(self) -> None:
        while True:
            try:
                await self._round()
            except Exception as error:  # noqa: BLE001 - a mistake here must not leave a replica unwatched
                context = {"message": f"looking after {self._api.name} failed", "exception": error}
                asyncio.get_running_loop().call_exception_handler(context)
                self._schedule()
            await self._pause()

    async def _round(self) -> None:
        await self._probing()
        if self.latency is None:
            return
        self._models.refresh(older_than=self._policy.listings.idle)
        await self._models.ask_loaded()

    async def _probe(self) -> None:
        health, started = self.health, self._clock.monotonic()
        try:
            answer = await self._api.get("/api/version", VersionAnswer, timeout=self._policy.probe_timeout)
        except Refusal as refusal:
            self.latency = None
            health.missed(refusal.detail, self._clock.monotonic(), self._chance())
        else:
            self.latency, self.version = self._clock.monotonic() - started, answer.version
            health.answered(self._clock.monotonic())
        self.checked_at = self._clock.now()
        self._schedule()
        self.changed()

    def _schedule(self) -> None:
        self._probed_at = now = self._clock.monotonic()
        self._due = self.health.next_probe(now, self._chance(), stretch=self.stretch())
        self._woken.set()

    async def _pause(self) -> None:
        while (now := self._clock.monotonic()) < self._due:
            self._woken.clear()
            change = self.next_change(now)
            try:
                async with asyncio.timeout(max(_LEAST_PAUSE, min(self._due, change) - now)):
                    await self._woken.wait()
            except TimeoutError:
                if change < self._due:
                    self.changed()
