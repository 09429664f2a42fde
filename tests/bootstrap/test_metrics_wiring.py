"""The metrics of a process, joined: what the scheduler shows, and what replies and requests leave."""

from pathlib import Path

import pytest
from structlog.testing import capture_logs
from tests.contracts.metrics_text import Scraped, scraped
from tests.domain.inference.desk import ADA, BOB, LLAMA, NOMIC, QWEN, R1, R2, Desk, replica, ticket
from tests.infrastructure.inference.test_reply_metrics import WHOLE, request

from ollamanet.application.operations.ports import BREAKER_STATES, HEALTH_STATES
from ollamanet.application.operations.queries.read_metrics import ReadMetrics
from ollamanet.bootstrap.metrics_wiring import Metrics, snapshot_of, wire_metrics
from ollamanet.bootstrap.settings_sources import load_settings
from ollamanet.domain.inference.capacity import Health
from ollamanet.domain.inference.tickets import WorkloadClass


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def metrics(**environ: str) -> Metrics:
    return wire_metrics(load_settings(environ))


def busy_desk() -> Desk:
    """Two replicas, each with its model loaded and one request running; three wait."""
    desk = Desk(replica(R1), replica(R2))
    desk.enter(ticket("a", ADA, LLAMA), ticket("b", BOB, QWEN))
    desk.at(2.0).enter(ticket("c", ADA, LLAMA), ticket("d", BOB, LLAMA), ticket("e", ADA, NOMIC))
    return desk.at(5.0)


def test_a_snapshot_tells_what_the_scheduler_shows() -> None:
    desk = busy_desk()
    desk.health(R2, Health.HALF_OPEN)
    seen = snapshot_of(desk.view, 5.0)

    assert seen.depths == {(LLAMA, "interactive"): 2, (NOMIC, "interactive"): 1}
    assert sorted(seen.in_flight.items()) == [((R1, LLAMA), 1), ((R2, QWEN), 1)]
    assert (seen.oldest_wait, seen.swaps, seen.cold_loads) == (3.0, 0, 2)
    assert {name: (each.health, each.breaker) for name, each in seen.replicas.items()} == {
        R1: ("healthy", "closed"),
        R2: ("half_open", "half_open"),
    }


@pytest.mark.parametrize("health", Health)
def test_every_state_of_a_replica_has_its_series(health: Health) -> None:
    desk = Desk(replica())
    desk.health(R1, health)
    reading = snapshot_of(desk.view, 0.0).replicas[R1]

    assert reading.health in HEALTH_STATES
    assert reading.breaker in BREAKER_STATES
    assert len(HEALTH_STATES) == len(Health)


@pytest.mark.anyio
async def test_everything_leaves_in_one_text() -> None:
    joined, desk = metrics(), busy_desk()
    joined.watch(lambda: snapshot_of(desk.view, desk.now), is_known={LLAMA, QWEN}.__contains__)
    joined.replies.ended(WHOLE)
    joined.replies.refused(request(), "queue_full")
    seen = Scraped((await joined.read(ReadMetrics())).decode())

    assert seen["ollamanet_queue_depth", "interactive", LLAMA] == 2
    assert seen["ollamanet_queue_depth", "interactive", "other"] == 1
    assert seen["ollamanet_replies_total", "interactive", LLAMA, "stop"] == 1
    assert seen["ollamanet_reply_refusals_total", "interactive", "queue_full", LLAMA] == 1
    assert seen.named("build_info")
    assert seen["python_gc_collections_total", "0"] is not None
    assert WorkloadClass.BATCH not in str(seen.samples)


def test_until_somebody_says_which_models_are_known_all_are_one() -> None:
    joined = metrics()
    joined.replies.ended(WHOLE)
    joined.replies.settle()

    assert scraped(joined.registry).named("replies_total") == {("interactive", "other", "stop"): 1}


def test_two_services_in_one_process_count_apart() -> None:
    one, other = metrics(), metrics()
    one.replies.ended(WHOLE)

    assert scraped(other.registry).named("replies_total") == {}


@pytest.mark.parametrize(
    ("environ", "warned"),
    [({}, False), ({"OLLAMANET_ENV": "production"}, True),
     ({"OLLAMANET_ENV": "production", "OLLAMANET_METRICS_TOKEN": "secret"}, False)],
)  # fmt: skip
def test_open_metrics_in_production_are_warned_of(environ: dict[str, str], warned: bool) -> None:
    with capture_logs() as lines:
        joined = metrics(**environ)

    assert [line["event"] for line in lines] == (["open metrics"] if warned else [])
    assert joined.token == environ.get("OLLAMANET_METRICS_TOKEN")
