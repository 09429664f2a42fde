"""Queue and replicas as they are at the moment of a scrape."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from ollamanet.application.operations.ports import BREAKER_STATES, HEALTH_STATES, QueueSnapshot, QueueSnapshots
from ollamanet.infrastructure.kernel.bounded_labels import BoundedLabels

_Values = Iterable[tuple[tuple[str, ...], float]]
_EMPTY: Final[Mapping[tuple[str, str], int]] = {}


class QueueGauges(Collector):
    """Shows the snapshot of the last `refresh`.

    Looking is apart from showing because only the event loop may look, and a thread shows.

    Attributes:
        watch: who is asked; None while nobody can tell, and then no series are shown.
    """

    def __init__(self, models: BoundedLabels, replicas: BoundedLabels) -> None:
        """Name models and replicas as these labels do."""
        self.watch: QueueSnapshots | None = None
        self._models = models
        self._replicas = replicas
        self._families: tuple[Metric, ...] = tuple(_families(None, _EMPTY, _EMPTY, {}))

    def refresh(self) -> None:
        """Look again."""
        if self.watch is None:
            return
        seen = self.watch()
        depths: Counter[tuple[str, str]] = Counter()
        for (model, workload), count in seen.depths.items():
            depths[self._models.of(model), workload] += count
        running: Counter[tuple[str, str]] = Counter()
        for (replica, model), count in seen.in_flight.items():
            running[self._replicas.of(replica), self._models.of(model)] += count
        names = {name: self._replicas.of(name) for name in seen.replicas}
        self._families = tuple(_families(seen, depths, running, names))

    def collect(self) -> Iterator[Metric]:
        """Show what was seen."""
        yield from self._families


def _families(
    seen: QueueSnapshot | None,
    depths: Mapping[tuple[str, str], int],
    running: Mapping[tuple[str, str], int],
    names: Mapping[str, str],
) -> Iterator[Metric]:
    """Every family, without samples where nothing was seen."""
    there = () if seen is None else (seen,)
    yield _gauge("queue_depth", "Requests that wait for a slot", ("model", "class"), depths.items())
    yield _gauge("queue_oldest_wait_seconds", "How long the oldest waits", (), (((), s.oldest_wait) for s in there))
    yield _gauge("requests_in_flight", "Requests that have a slot", ("replica", "model"), running.items())
    yield _counter("model_swaps", "Loads for which another model had to go", (s.swaps for s in there))
    yield _counter("model_cold_loads", "Loads of a model into free memory", (s.cold_loads for s in there))
    yield from _of_replicas(seen, names)


def _of_replicas(seen: QueueSnapshot | None, names: Mapping[str, str]) -> Iterator[Metric]:
    # Several that share the label `other` would be one series twice, which no scraper takes; they are counted instead.
    health: Counter[tuple[str, ...]] = Counter()
    breakers: Counter[tuple[str, ...]] = Counter()
    speeds: dict[tuple[str, ...], float] = {}
    for replica, reading in seen.replicas.items() if seen is not None else ():
        name = names[replica]
        for state in HEALTH_STATES:
            health[name, state] += state == reading.health
        for state in BREAKER_STATES:
            breakers[name, state] += state == reading.breaker
        speeds[(name,)] = reading.speed
    yield _gauge("replica_health", "1 for the state the replica is in, else 0", ("replica", "state"), health.items())
    yield _gauge(
        "replica_breaker", "1 for the state of the circuit breaker, else 0", ("replica", "state"), breakers.items()
    )
    yield _gauge("replica_tokens_per_second", "Smoothed speed of one slot", ("replica",), speeds.items())


def _gauge(name: str, meaning: str, labels: tuple[str, ...], values: _Values) -> Metric:
    family = GaugeMetricFamily(f"ollamanet_{name}", meaning, labels=labels)
    for where, value in values:
        family.add_metric(where, value)
    return family


def _counter(name: str, meaning: str, values: Iterable[int]) -> Metric:
    family = CounterMetricFamily(f"ollamanet_{name}", meaning, labels=())
    for value in values:
        family.add_metric((), value)
    return family
