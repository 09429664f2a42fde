"""`/simulator/…`: what the daemon did, and which faults it is to have next."""

from collections.abc import Callable

from ollamanet.infrastructure.simulator.counters import Counters
from ollamanet.infrastructure.simulator.exchange import Exchange
from ollamanet.infrastructure.simulator.faults import Fault, FaultPlan, Planned
from ollamanet.infrastructure.simulator.scheduler import Scheduler
from ollamanet.infrastructure.simulator.wire_errors import WireError


class ControlRoutes:
    """Routes that no Ollama has. They are never counted, and no fault touches them."""

    def __init__(
        self, counters: Counters, scheduler: Scheduler, plan: FaultPlan, connections: Callable[[], int]
    ) -> None:
        """Args: counters, scheduler: what to report. plan: the planned faults. connections: how many are open."""
        self._counters = counters
        self._scheduler = scheduler
        self._plan = plan
        self._connections = connections

    async def stats(self, exchange: Exchange) -> None:
        """`GET /simulator/stats`: totals since the last reset, and gauges as of now."""
        runners = self._scheduler.runners
        gauges = {
            "waiting_for_slot": sum(runner.waiting for runner in runners),
            "generating": sum(runner.generating for runner in runners),
            "waiting_for_load": self._scheduler.queued,
            "loading": self._scheduler.loading,
            "loaded": sorted(runner.installed.name for runner in runners),
            "open_connections": self._connections(),
        }
        await exchange.json(self._counters.snapshot() | gauges)

    async def reset(self, exchange: Exchange) -> None:
        """`POST /simulator/reset`: zero the totals and forget the planned faults; loaded models stay."""
        self._counters.reset()
        self._plan.planned.clear()
        await exchange.respond(204)

    async def plan_fault(self, exchange: Exchange) -> None:
        """`POST /simulator/faults` with `fault`, and optionally `requests` (1), `model` and `route`."""
        request = exchange.fields("PlannedFault")
        fault = Fault.parse(request.text("fault"))
        if fault is None:
            raise WireError(400, f"unknown fault {request.text('fault')!r}")
        requests = request.integer("requests") or 1
        self._plan.planned.append(Planned(fault, requests, request.text("model"), request.text("route")))
        await self.planned(exchange)

    async def planned(self, exchange: Exchange) -> None:
        """`GET /simulator/faults`."""
        faults = [
            {"fault": plan.fault.kind.label, "requests": plan.requests, "model": plan.model, "route": plan.route}
            for plan in self._plan.planned
        ]
        await exchange.json({"faults": faults})

    async def forget_faults(self, exchange: Exchange) -> None:
        """`DELETE /simulator/faults`."""
        self._plan.planned.clear()
        await exchange.respond(204)
