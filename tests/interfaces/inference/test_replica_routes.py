"""Routes of replicas, as the application puts them together."""

from typing import Any

import pytest
from tests.application.inference.replica_desk import BOSS, CONFIGURED, MANAGED
from tests.interfaces.inference.replica_app import ADMIN, OPEN, App

from ollamanet.application.inference.ports import InstalledModel
from ollamanet.domain.inference.capacity import Health
from ollamanet.domain.kernel.errors import Conflict
from ollamanet.domain.kernel.model_name import ModelName
from ollamanet.interfaces.inference.replica_schemas import IN_WORDS

pytestmark = pytest.mark.anyio

ON_ONE = [("POST", "/drain"), ("POST", "/resume"), ("POST", "/restart"), ("DELETE", "")]


async def test_everybody_sees_how_busy_the_replicas_are_but_not_where_or_why() -> None:
    app = App()
    app.pool.is_now(CONFIGURED, Health.HEALTHY)
    models = tuple(InstalledModel(ModelName.parse(name), frozenset(), name == "a") for name in ("a", "b"))
    app.pool.finds(CONFIGURED, models=models)
    app.desk.loads.loads[CONFIGURED] = 1
    listed = (await app.ask("GET", OPEN, user="ada")).json

    assert (listed["total"], listed["page"], listed["page_size"]) == (2, 1, 20)
    assert listed["items"][0] == {
        "name": CONFIGURED,
        "health": "healthy",
        "in_words": "works",
        "resident": ["a:latest"],
        "in_flight": 1,
        "slots": 1,
    }


async def test_administrators_see_everything_but_tokens() -> None:
    app = App()
    await app.ask("POST", ADMIN, url="https://gpu2/ollama", name="gpu2", models=["a"], token="hush", slots=2)
    app.pool.is_now("gpu2", Health.OPEN, "it failed too often")
    app.pool.finds("gpu2", latency=0.0125, version="0.13.0")
    answer = await app.ask("GET", ADMIN)
    _, kept, added = answer.json["items"]

    assert b"hush" not in answer.body
    assert added == {
        "name": "gpu2",
        "id": "gpu2",
        "url": "https://gpu2:443/ollama",
        "origin": "added",
        "health": "open",
        "in_words": "gets no work, as it failed too often",
        "reason": "it failed too often",
        "since": "2026-11-22T12:00:00Z",
        "drained": False,
        "breaker": "open",
        "latency_ms": 12.5,
        "checked_at": None,
        "version": "0.13.0",
        "slots": 2,
        "weight": 1.0,
        "in_flight": 0,
        "allowed_models": ["a:latest"],
        "installed": [],
        "resident": [],
        "has_token": True,
        "recovery": None,
    }
    assert (kept["origin"], kept["breaker"], kept["allowed_models"]) == ("configured", "closed", None)
    assert kept["recovery"] == {
        "kind": "process",
        "state": "running",
        "restarts": 2,
        "detail": "started",
        "retry_in_s": None,
        "process": 4711,
    }


async def test_a_replica_is_added_drained_resumed_and_removed() -> None:
    app = App()
    added = await app.ask("POST", ADMIN, url="http://gpu1:11434")
    assert (added.status, added.json["name"], added.json["origin"]) == (201, "gpu1:11434", "added")
    path = f"{ADMIN}/{added.json['id']}"

    drained = await app.ask("POST", f"{path}/drain")
    assert (drained.status, drained.json["drained"], drained.json["health"]) == (200, True, "draining")
    resumed = await app.ask("POST", f"{path}/resume")
    assert (resumed.status, resumed.json["drained"]) == (200, False)
    removed = await app.ask("DELETE", path)
    assert (removed.status, removed.body) == (204, b"")
    assert (await app.ask("DELETE", path)).status == 404


async def test_a_restart_has_begun_when_it_is_answered() -> None:
    app = App()
    answer = await app.ask("POST", f"{ADMIN}/{MANAGED}/restart")

    assert (answer.status, answer.json["recovery"]["kind"]) == (202, "process")
    assert app.desk.recoveries.asked == [MANAGED]


async def test_a_restart_too_soon_says_when() -> None:
    app = App()
    app.desk.recoveries.refusal = Conflict("its hook was run a short time ago", retry_after=12.2)
    answer = await app.ask("POST", f"{ADMIN}/{MANAGED}/restart")

    assert (answer.status, answer.json["code"], answer.headers["retry-after"]) == (409, "conflict", "13")


async def test_a_configured_replica_is_not_removed_and_the_answer_says_what_to_do() -> None:
    answer = await App().ask("DELETE", f"{ADMIN}/{CONFIGURED}")

    assert (answer.status, answer.json["code"]) == (409, "conflict")
    assert answer.json["detail"] == "this replica comes from the configuration: drain it here, remove it there"


async def test_the_line_of_a_request_says_who_did_what_to_which_replica() -> None:
    app = App()
    await app.ask("POST", f"{ADMIN}/{CONFIGURED}/drain")
    ((line, error),) = app.lines

    assert error is None
    assert (line["user_id"], line["replica"], line["status"]) == (str(BOSS.user_id), CONFIGURED, 200)
    assert line["method"] == "POST"
    assert line["route"] == ADMIN + "/{replica}/drain"


@pytest.mark.parametrize(
    ("method", "path"), [("GET", ""), ("POST", ""), *[(m, f"/{CONFIGURED}{p}") for m, p in ON_ONE]]
)
async def test_administration_is_for_administrators(method: str, path: str) -> None:
    app = App()
    body = {"url": "http://gpu1"} if (method, path) == ("POST", "") else {}
    answers = [await app.ask(method, ADMIN + path, user=user, **body) for user in ("ada", "mallory")]

    assert [(answer.status, answer.json["code"]) for answer in answers] == [
        (403, "forbidden"),
        (401, "unauthenticated"),
    ]
    assert not app.pool.status(CONFIGURED).drained


async def test_nobody_sees_nothing() -> None:
    assert (await App().ask("GET", OPEN, user="mallory")).status == 401


@pytest.mark.parametrize(("method", "path"), ON_ONE)
@pytest.mark.parametrize("name", ["nobody", "..", "a%2Fb", "\x00", "x" * 3000])
async def test_what_is_not_there_is_not_found(method: str, path: str, name: str) -> None:
    assert (await App().ask(method, f"{ADMIN}/{name}{path}")).status in {404, 405}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"url": "http://169.254.169.254/latest/meta-data"}, "url"),
        ({"url": "http://ada:hush@gpu1"}, "url"),
        ({"url": "gopher://gpu1"}, "url"),
        ({"url": 3}, "url"),
        ({"name": "gpu1"}, "url"),
        ({"url": "http://gpu1", "slots": 0}, "slots"),
        ({"url": "http://gpu1", "weight": -1}, "weight"),
        ({"url": "http://gpu1", "name": "Gpu 1"}, "name"),
        ({"url": "http://gpu1", "models": ["../x"]}, "model"),
        ({"url": "http://gpu1", "token": "a b"}, "token"),
        ({"url": "http://gpu1", "command": ["rm"]}, "command"),
        ({"url": "http://gpu1", "webhook": "http://x"}, "webhook"),
    ],
)
async def test_a_mistake_is_told_by_its_field_and_adds_nothing(body: dict[str, Any], field: str) -> None:
    app = App()
    answer = await app.ask("POST", ADMIN, **body)

    assert (answer.status, answer.json["code"]) == (400, "invalid_request")
    assert field in answer.json["detail"]
    assert b"hush" not in answer.body
    assert len(app.pool.statuses()) == 2


def test_every_state_has_words() -> None:
    assert set(IN_WORDS) == set(Health)


async def test_the_example_of_the_api_document_works_when_it_is_sent() -> None:
    app = App()
    document = app.litestar.openapi_schema.to_schema()
    body = document["paths"][ADMIN]["post"]["requestBody"]["content"]["application/json"]["schema"]

    assert (await app.ask("POST", ADMIN, **body["examples"][0])).status == 201


async def test_every_method_of_a_path_is_allowed() -> None:
    assert (await App().ask("OPTIONS", ADMIN)).headers["allow"] == "GET, OPTIONS, POST"
