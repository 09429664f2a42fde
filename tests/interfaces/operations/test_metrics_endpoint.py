"""`GET /metrics`: who may read it, and in which form."""

import pytest
from litestar import Litestar
from litestar.exceptions import HTTPException
from tests.fakes.kernel.virtual_time import LoopClock
from tests.fakes.operations.numbered_exposition import NumberedExposition
from tests.interfaces.kernel.asgi_exchange import Exchange, exchanged, http_scope
from tests.interfaces.kernel.small_app import SmallApp

from ollamanet.application.operations.queries.read_metrics import ReadMetricsHandler
from ollamanet.domain.kernel.errors import Refusal
from ollamanet.interfaces.kernel.problems import refused, rejected
from ollamanet.interfaces.operations.metrics_endpoint import metrics_router

pytestmark = pytest.mark.anyio

TOKEN = "the token of the metrics"
PROMETHEUS_2 = "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,*/*;q=0.1"
PROMETHEUS_3 = (
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
    "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2"
)


async def asked(token: str | None = None, *, method: str = "GET", **headers: bytes) -> Exchange:
    router = metrics_router(ReadMetricsHandler(NumberedExposition(), LoopClock()), token)
    litestar = Litestar(
        [router], exception_handlers={Refusal: refused, HTTPException: rejected}, openapi_config=None,
        logging_config=None,
    )  # fmt: skip
    given = [(name.encode(), value) for name, value in headers.items()]
    return await exchanged(SmallApp(litestar), http_scope("/metrics", method=method, headers=given))


@pytest.mark.parametrize(
    "accept",
    [
        b"", b"*/*", b"text/plain", b"text/html,*/*;q=0.8", b"application/json", b"application/openmetrics-text;q=0",
        b"application/openmetrics-text; version=0.0.1", b"application/openmetrics-text;version=abc",
        b"application/openmetrics-text;version=9.9.9\x00", b";;;,,,=;q", b"\xff\xfe",
    ],
)  # fmt: skip
async def test_everybody_gets_the_older_text(accept: bytes) -> None:
    exchange = await asked(accept=accept)

    assert (exchange.status, exchange.body) == (200, b"text 1")
    assert exchange.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert exchange.headers["vary"] == "Accept"


@pytest.mark.parametrize(
    "accept", [PROMETHEUS_2, PROMETHEUS_3, "application/openmetrics-text", "Application/OpenMetrics-Text ; q=0.5"]
)
async def test_openmetrics_goes_to_those_who_take_it(accept: str) -> None:
    exchange = await asked(accept=accept.encode())

    assert exchange.body == b"openmetrics 1"
    assert exchange.headers["content-type"] == "application/openmetrics-text; version=1.0.0; charset=utf-8"


@pytest.mark.parametrize(
    "authorization",
    [
        None, b"Bearer", b"Bearer ", b"Basic " + TOKEN.encode(), b"Bearer wrong", b"Bearer " + TOKEN.encode() + b"x",
        b"Bearer " + TOKEN.upper().encode(), b"Bearer \xff\xfe",
    ],
)  # fmt: skip
async def test_where_a_token_is_set_only_it_opens(authorization: bytes | None) -> None:
    exchange = await asked(TOKEN, **({} if authorization is None else {"authorization": authorization}))

    assert (exchange.status, exchange.json["code"]) == (401, "unauthenticated")
    assert exchange.headers["www-authenticate"].startswith("Bearer ")


async def test_the_token_opens() -> None:
    assert (await asked(TOKEN, authorization=b"Bearer " + TOKEN.encode())).status == 200


async def test_without_a_set_token_any_or_none_will_do() -> None:
    assert (await asked()).status == 200
    assert (await asked(authorization=b"Bearer of bad news")).status == 200


async def test_metrics_are_read_only() -> None:
    assert (await asked(method="POST")).status == 405
