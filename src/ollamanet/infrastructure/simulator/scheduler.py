"""Which models are loaded: serial loads behind a bounded queue, a free way in for requests to a loaded model."""

import asyncio
import math
from collections import deque
from dataclasses import dataclass, field
from typing import Final

from ollamanet.infrastructure.simulator.counters import Counters
from ollamanet.infrastructure.simulator.faults import Fault, Kind, Stage
from ollamanet.infrastructure.simulator.installed import Installed
from ollamanet.infrastructure.simulator.options import SimulatorOptions
from ollamanet.infrastructure.simulator.run_options import LoadOptions
from ollamanet.infrastructure.simulator.runner import Runner
from ollamanet.infrastructure.simulator.wire_errors import BUSY, LOAD_CRASHED, LOAD_STALLED, OUT_OF_MEMORY, WireError

_LOAD_FAILURES: Final = {Kind.OOM: OUT_OF_MEMORY, Kind.LOAD_CRASH: LOAD_CRASHED, Kind.LOAD_STALL: LOAD_STALLED}


@dataclass(slots=True, eq=False)
class _Ticket:
    """A request that needs a load. `abandoned` is set when its client went; its place in the queue stays taken."""

    installed: Installed
    load: LoadOptions
    keep_alive: float | None
    fault: Fault | None
    outcome: asyncio.Future[Runner]
    abandoned: asyncio.Event = field(default_factory=asyncio.Event)


class Scheduler:
    """The daemon's scheduler. `loading` names the model being loaded; it is not among the loaded ones yet."""

    def __init__(self, options: SimulatorOptions, counters: Counters) -> None:
        """Args: options: limits and times. counters: where loads and unloads are counted."""
        self._options = options
        self._counters = counters
        self._loaded: dict[str, Runner] = {}
        self._queue: deque[_Ticket] = deque()
        self._worker: asyncio.Task[None] | None = None
        self._unloads: set[asyncio.Task[None]] = set()
        self.loading = ""

    @property
    def runners(self) -> list[Runner]:
        """The loaded models, those on their way out left out."""
        return [runner for runner in self._loaded.values() if not runner.unloading]

    @property
    def queued(self) -> int:
        """Requests in the queue for a load, the abandoned ones among them."""
        return len(self._queue)

    async def acquire(
        self, installed: Installed, load: LoadOptions, keep_alive: float | None, fault: Fault | None
    ) -> Runner:
        """Get a runner for a request; `release` it in the end.

        Raises:
            WireError: 503 where the queue for loads is full, 500 where the load fails.
        """
        failing = fault if fault and fault.kind.stage is Stage.LOAD else None
        runner = self._loaded.get(installed.weights)
        if runner is not None and runner.serves(load) and failing is None:
            runner.enter(keep_alive)
            return runner
        ticket = _Ticket(installed, load, keep_alive, failing, asyncio.get_running_loop().create_future())
        self._enqueue(ticket)
        try:
            return await ticket.outcome
        except asyncio.CancelledError:
            ticket.abandoned.set()
            if ticket.outcome.done() and not ticket.outcome.cancelled() and ticket.outcome.exception() is None:
                self.release(ticket.outcome.result())
            raise

    def release(self, runner: Runner) -> None:
        """Count a request out; the last one starts the countdown to the unloading."""
        loop = asyncio.get_running_loop()
        runner.leave(loop.time())
        if runner.users or runner.draining:
            return
        if runner.keep_alive <= 0:
            self._expire(runner)
        elif not math.isinf(runner.keep_alive):
            runner.expiry = loop.call_later(runner.keep_alive, self._expire, runner)

    def unload(self, weights: str) -> None:
        """Unload a model as soon as it is idle, as `keep_alive: 0` asks; nothing happens where it is not loaded."""
        if (runner := self._loaded.get(weights)) is not None:
            runner.keep_alive = 0.0
            if runner.users == 0:
                self._expire(runner)

    async def close(self) -> None:
        """Stop loading and unloading; nobody may acquire any more."""
        tasks = [*self._unloads, *([self._worker] if self._worker else [])]
        for runner in self._loaded.values():
            if runner.expiry is not None:
                runner.expiry.cancel()
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    def _enqueue(self, ticket: _Ticket) -> None:
        if self._worker is None:
            self._worker = asyncio.create_task(self._work(ticket))
        elif len(self._queue) >= self._options.max_queue:
            self._counters.refused_busy += 1
            raise WireError(503, BUSY)
        else:
            self._queue.append(ticket)

    async def _work(self, first: _Ticket) -> None:
        # The first ticket never enters the queue, so the limit counts only those behind the one being loaded.
        ticket = first
        try:
            while True:
                await self._serve(ticket)
                if not self._queue:
                    break
                ticket = self._queue.popleft()
        finally:
            self._worker = None

    async def _serve(self, ticket: _Ticket) -> None:
        while not ticket.abandoned.is_set():
            runner = self._loaded.get(ticket.installed.weights)
            if runner is not None and runner.serves(ticket.load) and ticket.fault is None:
                self._grant(ticket, runner)
                return
            if runner is not None:
                self._counters.reloads += not runner.draining
                await self._retire(runner)
            elif (victim := self._victim(ticket.installed.spec.size)) is not None:
                self._counters.evictions += not victim.draining
                await self._retire(victim)
            else:
                await self._load(ticket)
                return

    def _victim(self, size: int) -> Runner | None:
        loaded = list(self._loaded.values())
        memory = self._options.gpu_memory
        needed = sum(runner.installed.spec.size for runner in loaded) + size
        if not loaded or (len(loaded) < self._options.max_loaded_models and not (memory and needed > memory)):
            return None
        return min(loaded, key=_staying_power)

    async def _load(self, ticket: _Ticket) -> None:
        spec, options = ticket.installed.spec, self._options
        seconds = options.load_seconds if spec.load_seconds is None else spec.load_seconds
        self.loading = ticket.installed.name
        try:
            await asyncio.wait_for(ticket.abandoned.wait(), seconds)
        except TimeoutError:
            self._finish_load(ticket)
        else:
            self._counters.aborted_loads += 1
        finally:
            self.loading = ""

    def _finish_load(self, ticket: _Ticket) -> None:
        if ticket.fault is not None:
            self._counters.failed_loads += 1
            if not ticket.outcome.done():
                ticket.outcome.set_exception(WireError(500, _LOAD_FAILURES[ticket.fault.kind]))
            return
        self._counters.loads += 1
        spec = ticket.installed.spec
        slots = 1 if "embedding" in spec.capabilities else spec.slots or self._options.slots
        runner = Runner(ticket.installed, ticket.load, slots=slots, keep_alive=self._options.keep_alive)
        if runner.keep_alive < 0:
            runner.keep_alive = math.inf
        self._loaded[ticket.installed.weights] = runner
        self._grant(ticket, runner)

    def _grant(self, ticket: _Ticket, runner: Runner) -> None:
        runner.enter(ticket.keep_alive)
        if ticket.outcome.done():
            self.release(runner)
        else:
            ticket.outcome.set_result(runner)

    def _expire(self, runner: Runner) -> None:
        runner.draining = True
        task = asyncio.create_task(self._retire(runner))
        self._unloads.add(task)
        task.add_done_callback(self._unloads.discard)

    async def _retire(self, runner: Runner) -> None:
        runner.draining = True
        await runner.idle.wait()
        if runner.unloading:
            await runner.gone.wait()
            return
        runner.unloading = True
        if self._options.unload_seconds:
            await asyncio.sleep(self._options.unload_seconds)
        del self._loaded[runner.installed.weights]
        self._counters.unloads += 1
        runner.gone.set()


def _staying_power(runner: Runner) -> tuple[bool, bool, float, float]:
    return (not runner.draining, runner.users > 0, runner.keep_alive, runner.last_used)
