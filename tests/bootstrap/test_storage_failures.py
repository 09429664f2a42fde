"""A database that cannot be used is a refusal with a time to come back, and never a defect of ours."""

from typing import Any

from litestar import Litestar, get
from litestar.testing import TestClient
from litestar.types import ASGIApp
from sqlalchemy.exc import OperationalError
from tests.fakes.kernel.fixed_limits import FixedLimits

from ollamanet.bootstrap.web import EXCEPTION_HANDLERS
from ollamanet.infrastructure.kernel.system_clock import UuidV7Ids
from ollamanet.interfaces.kernel.edge import Edge


@get("/full")
async def full() -> None:
    raise OperationalError("INSERT INTO messages", None, Exception("database or disk is full"))


def app(lines: list[tuple[Any, Any]]) -> ASGIApp:
    routes = Litestar([full], exception_handlers=EXCEPTION_HANDLERS, openapi_config=None, logging_config=None)
    limits = FixedLimits("v=1")
    return Edge(routes, new_id=UuidV7Ids().new, log=lambda line, error: lines.append((line, error)), limits=limits)


def test_a_full_disk_is_a_503_that_says_when_to_come_back_and_is_logged_with_its_cause() -> None:
    lines: list[tuple[Any, Any]] = []
    with TestClient(app(lines)) as client:
        answer = client.get("/full")

    assert (answer.status_code, answer.json()["code"]) == (503, "storage_unavailable")
    assert int(answer.headers["retry-after"]) >= 1
    assert "messages" not in answer.text
    [(line, error)] = lines
    assert line["code"] == "storage_unavailable"
    assert isinstance(error, OperationalError)
