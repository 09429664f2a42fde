"""The queue and its decisions over HTTP: the numbers for all, the requests for their owner."""

from dataclasses import replace

import pytest
from litestar import Litestar, Router
from litestar.exceptions import HTTPException
from tests.application.inference.generating import Service
from tests.contracts.replies import a_request
from tests.fakes.kernel.callers import a_user, an_admin
from tests.fakes.kernel.virtual_time import LoopClock
from tests.interfaces.kernel.asgi_exchange import Exchange, exchanged, http_scope
from tests.interfaces.kernel.small_app import SmallApp

from ollamanet.application.inference.admitted_reply import AdmittedReply
from ollamanet.application.inference.commands.generate_reply import GenerateReplyHandler
from ollamanet.application.inference.queries.explain_decision import ExplainDecisionHandler
from ollamanet.application.inference.queries.show_queue import ShowQueueHandler
from ollamanet.application.kernel.actor import Actor
from ollamanet.domain.inference.errors import QueueFull
from ollamanet.domain.kernel.caller_limits import CallerLimits
from ollamanet.domain.kernel.chat import Priority
from ollamanet.domain.kernel.errors import Refusal, Unauthenticated
from ollamanet.domain.kernel.ids import RequestId
from ollamanet.infrastructure.inference.queue_watch import ScheduledQueueWatch
from ollamanet.interfaces.inference.queue_routes import queue_router
from ollamanet.interfaces.kernel.auth import authenticated
from ollamanet.interfaces.kernel.problems import failed, refused, rejected

pytestmark = pytest.mark.anyio

PEOPLE = {
    "ada": a_user(1),
    "bob": a_user(2),
    "root": an_admin(9),
    "narrow": a_user(3, limits=CallerLimits(models=frozenset({"qwen3:latest"}))),
}


class Tokens:
    """A name is a token."""

    def known(self, token: str) -> Actor | None:
        return None

    async def verify(self, token: str) -> Actor:
        if token not in PEOPLE:
            raise Unauthenticated("the access token is not valid")
        return PEOPLE[token]


class QueueApp:
    """A service with one slot, and the routes that show its queue."""

    def __init__(self, depth: int = 9) -> None:
        self.service = Service(depth=depth)
        watch = ScheduledQueueWatch(self.service.admission, depth, self.service.meter, LoopClock())
        self.handler = GenerateReplyHandler(replace(self.service.services, meter=watch))
        router = queue_router(ShowQueueHandler(watch), ExplainDecisionHandler(watch), LoopClock())
        self.app = Litestar(
            [Router(path="/api/v1", route_handlers=[router], middleware=[authenticated(Tokens())])],
            exception_handlers={Refusal: refused, HTTPException: rejected, Exception: failed},
            openapi_config=None,
            logging_config=None,
        )

    def ask(self, name: str, who: str, priority: Priority = Priority.INTERACTIVE) -> AdmittedReply:
        request = replace(a_request(), request_id=RequestId(name), user=PEOPLE[who].user_id, priority=priority)
        return self.handler.admit(request)

    async def get(self, path: str, who: str) -> Exchange:
        scope = http_scope(f"/api/v1/system{path}", headers=[(b"authorization", b"Bearer " + who.encode())])
        return await exchanged(SmallApp(self.app), scope)


async def test_an_empty_queue_is_all_zeros() -> None:
    shown = (await QueueApp().get("/queue", "ada")).json

    assert (shown["waiting"], shown["running"], shown["depth"], shown["oldest_wait_ms"]) == (0, 0, 9, 0)
    assert (shown["lines"], shown["rejections"], shown["requests"]) == ([], {}, [])


async def test_a_user_sees_the_numbers_and_his_own_place() -> None:
    app = QueueApp()
    app.ask("request-a", "ada")
    app.ask("request-b", "bob")
    app.ask("request-c", "ada", Priority.BACKGROUND)
    shown = (await app.get("/queue", "bob")).json

    assert (shown["waiting"], shown["running"]) == (2, 1)
    assert shown["lines"] == [
        {"model": "llama3:latest", "priority": "background", "waiting": 1, "running": 0},
        {"model": "llama3:latest", "priority": "interactive", "waiting": 1, "running": 1},
    ]
    (mine,) = shown["requests"]
    assert (mine["request_id"], mine["state"], mine["position"], mine["replica"]) == ("request-b", "waiting", 1, None)
    assert mine["user_id"] == str(PEOPLE["bob"].user_id)


async def test_an_administrator_sees_everybody() -> None:
    app = QueueApp()
    app.ask("request-a", "ada")
    app.ask("request-b", "bob")
    shown = (await app.get("/queue", "root")).json

    assert [(each["request_id"], each["state"]) for each in shown["requests"]] == [
        ("request-a", "running"),
        ("request-b", "waiting"),
    ]
    assert shown["requests"][0]["replica"] == "scripted:11434"


async def test_rejections_are_counted_by_their_code() -> None:
    app = QueueApp(depth=0)
    app.ask("request-a", "ada")
    for number in range(3):
        with pytest.raises(QueueFull):
            app.ask(f"request-{number}", "bob")
    app.service.quota.room = 0
    with pytest.raises(Refusal):
        app.ask("request-z", "bob")

    assert (await app.get("/queue", "ada")).json["rejections"] == {"queue_full": 3, "too_many_in_flight": 1}
    assert app.service.meter.refusals == ["queue_full"] * 3 + ["too_many_in_flight"]


async def test_a_decision_explains_itself_to_its_owner() -> None:
    app = QueueApp()
    app.ask("request-a", "ada")
    shown = (await app.get("/decisions/request-a", "ada")).json

    assert (shown["request_id"], shown["replica"], shown["load"]) == ("request-a", "scripted:11434", "resident")
    assert shown["reasons"] == ["the model is loaded; no other has a free slot of the model"]
    (candidate,) = shown["candidates"]
    assert (candidate["replica"], candidate["eligible"], candidate["resident"]) == ("scripted:11434", True, True)


@pytest.mark.parametrize("request_id", ["request-a", "unknown-1", "00000000-0000-0000-0000-000000000001/request-a"])
async def test_a_decision_about_somebody_elses_request_is_not_there(request_id: str) -> None:
    app = QueueApp()
    app.ask("request-a", "ada")
    exchange = await app.get(f"/decisions/{request_id}", "bob")

    assert (exchange.status, exchange.json["code"]) == (404, "not_found")


async def test_the_same_request_id_of_two_users_are_two_requests() -> None:
    app = QueueApp()
    app.ask("request-a", "ada").release()
    app.ask("request-a", "bob")
    app.service.admission.remove_replica("scripted:11434")

    assert (await app.get("/decisions/request-a", "ada")).status == 200
    assert (await app.get("/decisions/request-a", "bob")).status == 200


async def test_an_administrator_may_ask_about_any_request() -> None:
    app = QueueApp()
    app.ask("request-a", "ada")

    assert (await app.get("/decisions/request-a", "root")).json["request_id"] == "request-a"
    assert (await app.get("/decisions/request-b", "root")).status == 404


@pytest.mark.parametrize("path", ["/queue", "/decisions/request-a"])
async def test_nobody_sees_anything_without_signing_in(path: str) -> None:
    assert (await QueueApp().get(path, "nobody")).status == 401


async def test_nobody_sees_the_lines_of_models_that_are_not_for_him() -> None:
    app = QueueApp()
    app.ask("request-a", "ada")
    app.ask("request-b", "narrow")
    shown = (await app.get("/queue", "narrow")).json

    assert (shown["waiting"], shown["running"], shown["lines"]) == (1, 1, [])
    assert [each["request_id"] for each in shown["requests"]] == ["request-b"]
