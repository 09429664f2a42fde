"""The metrics, as monitoring systems fetch them."""

import asyncio
from dataclasses import dataclass

from ollamanet.application.kernel.clock import Clock
from ollamanet.application.operations.ports import Exposition


@dataclass(frozen=True, slots=True)
class ReadMetrics:
    """Which form is wanted: OpenMetrics 1.0.0, or Prometheus' older text format."""

    openmetrics: bool = False


class ReadMetricsHandler:
    """Renders each form once at a time; the result serves all who ask within `fresh` seconds.

    So many scrapers cost what one does, and so does somebody who asks as fast as he can.
    """

    def __init__(self, exposition: Exposition, clock: Clock, *, fresh: float = 1.0) -> None:
        """Render with `exposition`."""
        self._exposition = exposition
        self._clock = clock
        self._fresh = fresh
        self._latest: dict[ReadMetrics, tuple[float, asyncio.Future[bytes]]] = {}

    async def __call__(self, query: ReadMetrics) -> bytes:
        """The metrics as they were at most `fresh` seconds before the call, or are being read now."""
        now = self._clock.monotonic()
        latest = self._latest.get(query)
        if latest is None or (latest[1].done() and now - latest[0] >= self._fresh):
            reading = asyncio.ensure_future(self._exposition.render(openmetrics=query.openmetrics))
            latest = self._latest[query] = now, reading
        return await asyncio.shield(latest[1])
