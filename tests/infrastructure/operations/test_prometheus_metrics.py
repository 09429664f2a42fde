"""HTTP requests in numbers, and the text in which all metrics leave."""

import asyncio
from random import Random

import pytest
from prometheus_client import CollectorRegistry, Counter
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics_families
from tests.contracts.metrics_text import Scraped, scraped

from ollamanet.application.operations.ports import QueueSnapshot, ReplicaReading, RequestRecord
from ollamanet.infrastructure.kernel.bounded_labels import BoundedLabels, anything
from ollamanet.infrastructure.operations.prometheus_metrics import PrometheusExposition, PrometheusRequests
from ollamanet.infrastructure.operations.queue_gauges_metrics import QueueGauges

MODELS = frozenset({"a:latest", "b:latest"})
SNAPSHOT = QueueSnapshot(
    depths={("a:latest", "interactive"): 3, ("b:latest", "background"): 1, ("x:1", "batch"): 2, ("y:1", "batch"): 5},
    in_flight={("gpu1", "a:latest"): 2, ("gpu2", "x:1"): 1, ("gpu2", "y:1"): 1},
    oldest_wait=7.5,
    swaps=4,
    cold_loads=9,
    replicas={"gpu1": ReplicaReading("healthy", "closed", 40.0), "gpu2": ReplicaReading("half_open", "half_open", 9.0)},
)


def record(**changed: object) -> RequestRecord:
    usual = {"route": "/things", "method": "GET", "status": 200, "code": None, "client_gone": False, "seconds": 0.2}
    return RequestRecord(**{**usual, **changed})  # type: ignore[arg-type]


class Requests:
    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.meter = PrometheusRequests(self.registry)

    def after(self, *records: RequestRecord) -> Scraped:
        for each in records:
            self.meter.began()
            self.meter.ended(each)
        return scraped(self.registry)


def gauges(snapshot: QueueSnapshot | None = SNAPSHOT, most_replicas: int = 50) -> QueueGauges:
    made = QueueGauges(BoundedLabels(100, MODELS.__contains__), BoundedLabels(most_replicas, anything))
    made.watch = None if snapshot is None else lambda: snapshot
    return made


def shown(source: QueueGauges) -> Scraped:
    registry = CollectorRegistry()
    registry.register(source)
    source.refresh()
    return scraped(registry)


class TestRequests:
    def test_are_counted_by_route_method_and_status_and_timed(self) -> None:
        seen = Requests().after(record(), record(status=404, route=None, code="not_found"), record(seconds=70.0))

        assert seen.named("http_requests_total") == {("GET", "/things", "200"): 2, ("GET", "unmatched", "404"): 1}
        assert seen["ollamanet_http_request_duration_seconds_bucket", "60.0", "GET", "/things"] == 1
        assert seen["ollamanet_http_request_duration_seconds_count", "GET", "/things"] == 2
        assert seen.named("http_refusals_total") == {("not_found",): 1}

    def test_under_way_are_shown(self) -> None:
        requests = Requests()
        requests.meter.began()
        requests.meter.began()
        assert scraped(requests.registry)["ollamanet_http_requests_in_flight"] == 2

        requests.meter.ended(record())
        assert scraped(requests.registry)["ollamanet_http_requests_in_flight"] == 1

    def test_whose_client_left_are_counted_whether_or_not_a_response_had_begun(self) -> None:
        seen = Requests().after(record(client_gone=True), record(client_gone=True, status=None))

        assert seen.named("http_clients_gone_total") == {("/things",): 2}
        assert seen.named("http_requests_total") == {("GET", "/things", "200"): 1, ("GET", "/things", "499"): 1}

    def test_with_ten_thousand_routes_methods_and_codes_make_few_series(self) -> None:
        random = Random(1)
        names = [f"{random.getrandbits(64):x}" for _ in range(10_000)]
        seen = Requests().after(*(record(route=f"/{name}", method=name, code=name) for name in names))

        assert len(seen.named("http_requests_total")) == 201
        assert len(seen.named("http_refusals_total")) == 65
        assert seen["ollamanet_http_requests_total", "other", "other", "200"] == 10_000 - 200


class TestGauges:
    def test_show_the_queue_with_unknown_models_as_one(self) -> None:
        seen = shown(gauges())

        assert seen.named("queue_depth") == {
            ("interactive", "a:latest"): 3,
            ("background", "b:latest"): 1,
            ("batch", "other"): 7,
        }
        assert seen.named("requests_in_flight") == {("a:latest", "gpu1"): 2, ("other", "gpu2"): 2}
        assert seen["ollamanet_queue_oldest_wait_seconds"] == 7.5
        assert (seen["ollamanet_model_swaps_total"], seen["ollamanet_model_cold_loads_total"]) == (4, 9)

    def test_show_each_replica_in_exactly_one_state(self) -> None:
        seen = shown(gauges())

        health, breakers = seen.named("replica_health"), seen.named("replica_breaker")
        assert (len(health), len(breakers)) == (12, 6)
        assert {key for key, value in health.items() if value} == {("gpu1", "healthy"), ("gpu2", "half_open")}
        assert {key for key, value in breakers.items() if value} == {("gpu1", "closed"), ("gpu2", "half_open")}
        assert seen.named("replica_tokens_per_second") == {("gpu1",): 40.0, ("gpu2",): 9.0}

    def test_add_up_replicas_beyond_the_limit(self) -> None:
        many = {f"gpu{number}": ReplicaReading("down", "open", 1.0) for number in range(10)}
        seen = shown(gauges(QueueSnapshot(replicas=many), most_replicas=3))

        assert seen["ollamanet_replica_health", "other", "down"] == 7
        assert len(seen.named("replica_health")) == 4 * 6

    def test_have_names_and_no_values_while_nobody_can_tell(self) -> None:
        seen = shown(gauges(None))

        assert seen.samples == {}
        assert seen.kinds["ollamanet_queue_depth"] == "gauge"
        assert seen.kinds.keys() == shown(gauges()).kinds.keys()


class TestExposition:
    @pytest.fixture
    def exposition(self) -> PrometheusExposition:
        registry = CollectorRegistry()
        Counter("ollamanet_things", "Things", registry=registry).inc(3)
        source = gauges()
        registry.register(source)
        return PrometheusExposition(registry, source.refresh)

    @pytest.mark.anyio
    async def test_is_prometheus_text_without_birthdays(self, exposition: PrometheusExposition) -> None:
        text = (await exposition.render(openmetrics=False)).decode()

        assert Scraped(text)["ollamanet_things_total"] == 3
        assert "_created" not in text

    @pytest.mark.anyio
    async def test_is_openmetrics_if_that_is_wanted(self, exposition: PrometheusExposition) -> None:
        text = (await exposition.render(openmetrics=True)).decode()

        families = {family.name: family for family in openmetrics_families(text)}
        assert families["ollamanet_things"].samples[0].value == 3
        assert text.endswith("# EOF\n")

    @pytest.mark.anyio
    async def test_looks_at_the_queue_anew_each_time(self) -> None:
        registry, source = CollectorRegistry(), gauges()
        registry.register(source)
        exposition = PrometheusExposition(registry, source.refresh)
        await exposition.render(openmetrics=False)
        source.watch = lambda: QueueSnapshot(oldest_wait=1.25)

        assert (
            Scraped((await exposition.render(openmetrics=False)).decode())["ollamanet_queue_oldest_wait_seconds"]
            == 1.25
        )

    @pytest.mark.anyio
    async def test_many_at_once_are_each_whole(self, exposition: PrometheusExposition) -> None:
        texts = await asyncio.gather(*(exposition.render(openmetrics=False) for _ in range(20)))

        assert len(set(texts)) == 1
        assert Scraped(texts[0].decode())["ollamanet_queue_depth", "interactive", "a:latest"] == 3
