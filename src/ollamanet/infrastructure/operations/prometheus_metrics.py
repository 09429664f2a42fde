"""What is counted of HTTP requests, and how all metrics leave: in Prometheus' text format or as OpenMetrics."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.openmetrics.exposition import generate_latest as generate_openmetrics
from prometheus_client.registry import Collector

from ollamanet.application.operations.ports import RequestRecord
from ollamanet.infrastructure.kernel.bounded_labels import OTHER, BoundedLabels, anything
from ollamanet.infrastructure.kernel.metric_children import Children

UNMATCHED: Final = "unmatched"
NO_RESPONSE: Final = "499"
"""nginx's number: the client had gone before a response began."""
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 45.0, 60.0, 120.0)
_MOST_ROUTES: Final = 200
_MOST_CODES: Final = 64


class PrometheusRequests:
    """Satisfies `RequestMeter`. Its labels come from our routes and codes, and are bounded all the same."""

    def __init__(self, registry: CollectorRegistry) -> None:
        """Count into `registry`."""
        self._routes = BoundedLabels(_MOST_ROUTES, anything)
        self._codes = BoundedLabels(_MOST_CODES, anything)
        self._requests = Children(
            Counter(
                "ollamanet_http_requests",
                "HTTP requests that are over; status 499 stands for a client that left before a response began",
                ("route", "method", "status"),
                registry=registry,
            )
        )
        self._seconds = Children(
            Histogram(
                "ollamanet_http_request_duration_seconds",
                "From the head of an HTTP request to the end of its response, streams included",
                ("route", "method"),
                registry=registry,
                buckets=_SECONDS,
            )
        )
        self._refusals = Children(
            Counter(
                "ollamanet_http_refusals",
                "HTTP requests that ended with an error code, before their response or within it",
                ("code",),
                registry=registry,
            )
        )
        self._gone = Children(
            Counter(
                "ollamanet_http_clients_gone", "HTTP requests whose client left early", ("route",), registry=registry
            )
        )
        self._in_flight = Gauge(
            "ollamanet_http_requests_in_flight", "HTTP requests that are not over", registry=registry
        )

    def began(self) -> None:
        """One more is under way."""
        self._in_flight.inc()

    def ended(self, record: RequestRecord) -> None:
        """Count it."""
        self._in_flight.dec()
        route = UNMATCHED if record.route is None else self._routes.of(record.route)
        method = record.method if record.method in _METHODS else OTHER
        self._requests[route, method, NO_RESPONSE if record.status is None else str(record.status)].inc()
        self._seconds[route, method].observe(record.seconds)
        if record.client_gone:
            self._gone[route,].inc()
        if record.code is not None:
            self._refusals[self._codes.of(record.code),].inc()


class PrometheusExposition:
    """Satisfies `Exposition`: everything in a registry."""

    def __init__(self, registry: CollectorRegistry, *refresh: Callable[[], None]) -> None:
        """Show `registry`, after all of `refresh` were called: what is looked at, or counted, only when it is read."""
        self._shown = WithoutBirthdays(registry)
        self._refresh = refresh

    async def render(self, *, openmetrics: bool) -> bytes:
        """All metrics now. The queue is looked at here; its text, which may be long, is written in a thread."""
        for refresh in self._refresh:
            refresh()
        return await asyncio.to_thread(generate_openmetrics if openmetrics else generate_latest, self._shown)


class WithoutBirthdays(Collector):
    """A registry without the `_created` series, which would double what a scrape transfers."""

    def __init__(self, registry: CollectorRegistry) -> None:
        """Show `registry`."""
        self._registry = registry

    def collect(self) -> Iterator[Metric]:
        """All families."""
        for metric in self._registry.collect():
            metric.samples = [sample for sample in metric.samples if not sample.name.endswith("_created")]
            yield metric
