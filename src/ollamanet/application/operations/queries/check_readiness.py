"""Whether the service can do its job now, and how each of its dependencies is."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from ollamanet.application.kernel.clock import Clock
from ollamanet.application.operations.ports import Probe


class State(StrEnum):
    """Of the service, or of one dependency (then UP or DOWN)."""

    UP = "up"
    DEGRADED = "degraded"
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class Health:
    """One dependency.

    Attributes:
        latency: seconds its answer took; None when it gave none.
        detail: what is wrong; None when nothing is.
    """

    name: str
    state: State
    latency: float | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class Readiness:
    """The service as a whole: DOWN without its database or any replica, DEGRADED when one of many fails."""

    state: State
    database: Health
    replicas: tuple[Health, ...]
    others: tuple[Health, ...]


class CheckReadinessHandler:
    """Asks everything at once, and never twice at a time; an answer serves all who ask within `fresh` seconds.

    So probes cost nothing, and what hangs is not asked by more and more.
    """

    def __init__(
        self,
        database: Probe,
        replicas: Sequence[Probe],
        others: Sequence[Probe],
        clock: Clock,
        *,
        patience: float = 2.0,
        fresh: float = 1.0,
    ) -> None:
        """Ask these; one that takes longer than `patience` seconds is down.

        `replicas` is looked at anew each time, since there may be more or fewer of them by then.
        """
        self._database = database
        self._replicas = replicas
        self._others = others
        self._clock = clock
        self._patience = patience
        self._fresh = fresh
        self._latest: tuple[float, asyncio.Future[Readiness]] | None = None

    async def __call__(self) -> Readiness:
        """The state of everything, asked for at most `fresh` seconds ago if it is not being asked for now."""
        now = self._clock.monotonic()
        if self._latest is None or (self._latest[1].done() and now - self._latest[0] >= self._fresh):
            self._latest = now, asyncio.ensure_future(self._ask())
        return await asyncio.shield(self._latest[1])

    async def _ask(self) -> Readiness:
        probed = tuple(self._replicas)
        database, *rest = await asyncio.gather(*map(self._health, (self._database, *probed, *self._others)))
        replicas, others = tuple(rest[: len(probed)]), tuple(rest[len(probed) :])
        return Readiness(_overall(database, replicas, others), database, replicas, others)

    async def _health(self, probe: Probe) -> Health:
        try:
            async with asyncio.timeout(self._patience):
                latency = await probe.check()
        except TimeoutError:
            return Health(probe.name, State.DOWN, detail=f"no answer within {self._patience:g} s")
        except Exception as error:  # noqa: BLE001 - whatever is wrong with it is the answer
            return Health(probe.name, State.DOWN, detail=str(error) or type(error).__name__)
        return Health(probe.name, State.UP, latency=latency)


def _overall(database: Health, replicas: Sequence[Health], others: Sequence[Health]) -> State:
    if database.state is State.DOWN or all(replica.state is State.DOWN for replica in replicas):
        return State.DOWN
    everything = all(health.state is State.UP for health in (*replicas, *others))
    return State.UP if everything else State.DEGRADED
