"""The metrics: one registry, filled by several modules that do not know each other."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import structlog
from prometheus_client import CollectorRegistry, Gauge, GCCollector, ProcessCollector

from ollamanet import __version__
from ollamanet.application.operations.ports import QueueSnapshot, QueueSnapshots, ReplicaReading, RequestMeter
from ollamanet.application.operations.queries.read_metrics import ReadMetricsHandler
from ollamanet.bootstrap.settings import Settings
from ollamanet.domain.inference.capacity import Health
from ollamanet.domain.inference.queue_view import QueueView
from ollamanet.infrastructure.identity.mail_metrics import MailMetrics
from ollamanet.infrastructure.inference.reply_metrics import ReplyMetrics
from ollamanet.infrastructure.kernel.bounded_labels import BoundedLabels, anything, nothing
from ollamanet.infrastructure.kernel.system_clock import SystemClock
from ollamanet.infrastructure.operations.prometheus_metrics import PrometheusExposition, PrometheusRequests
from ollamanet.infrastructure.operations.queue_gauges_metrics import QueueGauges

_MOST_MODELS: Final = 100
_MOST_REPLICAS: Final = 50
_BREAKERS: Final = {Health.OPEN: "open", Health.HALF_OPEN: "half_open"}


@dataclass(frozen=True, slots=True)
class Metrics:
    """Whom to tell, and whom to ask.

    Attributes:
        token: what the reader has to bring; None for nothing.
        requests: is told of HTTP requests.
        replies: is told of replies.
        mails: is told of mails.
        read: renders everything.
    """

    token: str | None
    requests: RequestMeter
    replies: ReplyMetrics
    mails: MailMetrics
    read: ReadMetricsHandler
    registry: CollectorRegistry
    _gauges: QueueGauges
    _models: BoundedLabels

    def watch(self, queue: QueueSnapshots, *, is_known: Callable[[str], bool]) -> None:
        """Show what `queue` tells at each scrape.

        Args:
            queue: called on the event loop.
            is_known: whether a `ModelName.key` is of a profile or listed by a replica; all others are `other`.
        """
        self._gauges.watch = queue
        self._models.known = is_known


def wire_metrics(settings: Settings) -> Metrics:
    """Metrics of a process, or of a test: nothing is shared with others. Until `watch`, every model is `other`."""
    registry = CollectorRegistry()
    models, replicas = BoundedLabels(_MOST_MODELS, nothing), BoundedLabels(_MOST_REPLICAS, anything)
    Gauge("ollamanet_build_info", "Always 1; says what runs", ("version",), registry=registry).labels(__version__).set(
        1
    )
    requests = PrometheusRequests(registry)
    gauges = QueueGauges(models, replicas)
    registry.register(gauges)
    replies, mails = ReplyMetrics(registry, models, replicas), MailMetrics(registry)
    ProcessCollector(registry=registry)
    GCCollector(registry)
    read = ReadMetricsHandler(PrometheusExposition(registry, gauges.refresh, replies.settle), SystemClock())
    if settings.server.environment == "production" and settings.metrics.token is None:
        detail = "everybody who reaches this port reads /metrics; set OLLAMANET_METRICS_TOKEN, or keep it from outside"
        structlog.get_logger().warning("open metrics", detail=detail)
    return Metrics(settings.metrics.token, requests, replies, mails, read, registry, gauges, models)


def snapshot_of(view: QueueView, now: float) -> QueueSnapshot:
    """What the scheduler shows, in the terms of the module that counts; `now` in its seconds."""
    replicas = view.replicas()
    return QueueSnapshot(
        depths={(model, str(workload)): count for model, workload, count in view.depths()},
        in_flight={(each.spec.id, model): count for each in replicas for model, count in each.running.items()},
        oldest_wait=view.oldest_wait(now),
        swaps=view.swaps,
        cold_loads=view.cold_loads,
        replicas={
            each.spec.id: ReplicaReading(each.health.value, _BREAKERS.get(each.health, "closed"), each.speed)
            for each in replicas
        },
    )
