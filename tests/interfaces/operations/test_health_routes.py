"""Health over HTTP: open to all, and nothing in it that is not for all."""

import pytest
from litestar import Litestar
from tests.fakes.kernel.virtual_time import LoopClock
from tests.fakes.operations.scripted_probe import ScriptedProbe
from tests.interfaces.kernel.asgi_exchange import Exchange, exchanged, http_scope
from tests.interfaces.kernel.small_app import SmallApp

from ollamanet import __version__
from ollamanet.application.operations.queries.check_readiness import CheckReadinessHandler
from ollamanet.interfaces.operations.controllers import health_router

pytestmark = pytest.mark.anyio

BROKEN = ConnectionError("cannot be reached")


async def asked(
    path: str,
    *,
    database: Exception | None = None,
    replicas: tuple[Exception | None, ...] = (None,),
    redis: Exception | None = None,
) -> Exchange:
    check = CheckReadinessHandler(
        ScriptedProbe("sqlite", takes=0.0125, failure=database),
        [ScriptedProbe(f"gpu-{number}", failure=failure) for number, failure in enumerate(replicas)],
        [ScriptedProbe("redis", failure=redis)],
        LoopClock(),
    )
    litestar = Litestar([health_router(check)], openapi_config=None, logging_config=None)
    return await exchanged(SmallApp(litestar), http_scope(path))


async def test_live_says_that_the_process_answers_whatever_else_is_broken() -> None:
    exchange = await asked("/health/live", database=BROKEN, replicas=(BROKEN,), redis=BROKEN)

    assert (exchange.status, exchange.json) == (200, {"status": "up", "version": __version__})


async def test_ready_tells_of_everything_it_needs() -> None:
    exchange = await asked("/health/ready", replicas=(None, BROKEN))

    assert exchange.status == 200
    assert "retry-after" not in exchange.headers
    assert exchange.json == {
        "status": "degraded",
        "version": __version__,
        "database": {"name": "sqlite", "state": "up", "latency_ms": 12.5, "detail": None},
        "replicas": [
            {"name": "gpu-0", "state": "up", "latency_ms": 0.0, "detail": None},
            {"name": "gpu-1", "state": "down", "latency_ms": None, "detail": "cannot be reached"},
        ],
        "others": [{"name": "redis", "state": "up", "latency_ms": 0.0, "detail": None}],
    }


@pytest.mark.parametrize(
    ("broken", "status", "state"),
    [
        ({}, 200, "up"),
        ({"redis": BROKEN}, 200, "degraded"),
        ({"database": BROKEN}, 503, "down"),
        ({"replicas": (BROKEN,)}, 503, "down"),
    ],
)
async def test_a_balancer_reads_it_from_the_status(broken: dict[str, Exception], status: int, state: str) -> None:
    exchange = await asked("/health/ready", **broken)

    assert (exchange.status, exchange.json["status"]) == (status, state)
    assert exchange.headers.get("retry-after") == ("1" if status == 503 else None)
    assert exchange.headers["cache-control"] == "no-store"
