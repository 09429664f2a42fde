"""The limits over HTTP: everybody sees his own, administrators change them."""

from typing import Any
from uuid import UUID

import pytest
from tests.infrastructure.inference.quota_desk import ADA, QuotaDesk
from tests.interfaces.inference.limits_app import BOSS, LimitsApp

from ollamanet.domain.inference.limits import UserLimits

pytestmark = pytest.mark.anyio

DEFAULT = {
    "concurrency": 3,
    "requests_per_minute": 6,
    "tokens_per_minute": 600,
    "tokens_per_day": 2000,
    "weight": 1.0,
}


@pytest.fixture
def app() -> LimitsApp:
    return LimitsApp(QuotaDesk(keys={"k1": UserLimits(1, 2, 300)}))


async def test_a_caller_sees_which_limits_hold_for_him_and_why(app: LimitsApp) -> None:
    assert (await app.get("/system/limits")).json() == {
        "version": 1,
        "mode": "active",
        "source": "default",
        "limits": DEFAULT,
        "key": None,
        "service": {
            "prompt_tokens": 4096,
            "body_bytes": 1000,
            "image_body_bytes": 2000,
            "queue_depth": 64,
            "queue_timeout_s": 60.0,
            "request_timeout_s": 0.5,
        },
    }
    with_key = (await app.get("/system/limits", "ada-with-key")).json()
    assert with_key["limits"] == DEFAULT
    assert with_key["key"]["requests_per_minute"] == 2


async def test_a_caller_sees_what_he_has_used_and_when_it_is_back(app: LimitsApp) -> None:
    app.desk.done(300)
    running = app.desk.reserve(100)
    seen = (await app.get("/system/usage")).json()

    assert seen["in_flight"] == 1
    assert seen["concurrency"] == {"limit": 3, "used": 1, "remaining": 2, "reset_s": None, "reset_at": None}
    assert seen["requests_per_minute"] == {
        "limit": 6, "used": 2, "remaining": 4, "reset_s": 20.0, "reset_at": "2026-01-02T12:00:20Z"
    }  # fmt: skip
    assert seen["tokens_per_minute"] == {
        "limit": 600, "used": 400, "remaining": 200, "reset_s": 40.0, "reset_at": "2026-01-02T12:00:40Z"
    }  # fmt: skip
    assert seen["tokens_per_day"] == {
        "limit": 2000, "used": 400, "remaining": 1600, "reset_s": 43_200.0, "reset_at": "2026-01-03T00:00:00Z"
    }  # fmt: skip
    assert seen["today"] == {"requests": 1, "tokens": 300}
    assert seen["key"] is None
    assert (await app.get("/system/usage", "bob")).json()["today"] == {"requests": 0, "tokens": 0}
    running.settle(None)


async def test_a_key_sees_its_own_part(app: LimitsApp) -> None:
    app.desk.done(50)
    app.desk.done(20, key="k1")
    seen = (await app.get("/system/usage", "ada-with-key")).json()

    assert seen["today"] == {"requests": 2, "tokens": 70}
    assert seen["key"]["today"] == {"requests": 1, "tokens": 20}
    assert (seen["key"]["tokens_per_minute"]["limit"], seen["key"]["tokens_per_minute"]["used"]) == (300, 20)
    assert seen["key"]["tokens_per_day"]["limit"] == 2000


async def test_an_administrator_makes_a_version_that_holds_for_the_next_request(app: LimitsApp) -> None:
    made = await app.post(
        "/admin/limits",
        {
            "mode": "active",
            "default": {"requests_per_minute": 1, "tokens_per_day": None},
            "roles": {"Admin": {"weight": 2}},
            "users": {str(ADA): {"requests_per_minute": 2}},
            "note": "why",
        },
    )

    body = made.json()
    assert made.status_code == 201
    assert (body["number"], body["mode"], body["percent"], body["note"]) == (2, "active", None, "why")
    assert body["default"] == {**DEFAULT, "requests_per_minute": 1, "tokens_per_day": None}
    assert body["roles"]["Admin"] == {**body["default"], "weight": 2.0}
    assert body["users"] == {str(ADA): {**body["default"], "requests_per_minute": 2}}
    assert (UUID(body["created_by"]), body["created_at"]) == (BOSS, "2026-01-02T12:00:00Z")
    assert (await app.get("/system/limits")).json()["source"] == "user"
    assert [(await app.ask()).status_code for _ in range(3)] == [200, 200, 429]
    assert (await app.get("/admin/limits/2", "boss")).json() == body


async def test_what_a_version_leaves_out_is_as_in_the_active_one(app: LimitsApp) -> None:
    first = {
        "mode": "active",
        "default": {"requests_per_minute": 1, "tokens_per_day": None},
        "roles": {"Admin": {"weight": 2}},
        "users": {str(ADA): {"concurrency": 1}},
        "keys": {"k1": {"concurrency": 2}},
    }
    before = (await app.post("/admin/limits", first)).json()
    shadow = {"mode": "shadow", "default": {"requests_per_minute": 5}, "roles": {}, "users": {}, "keys": {}}
    await app.post("/admin/limits", shadow)

    kept = ("default", "roles", "users", "keys")
    same = (await app.post("/admin/limits", {"mode": "active"})).json()
    assert {part: same[part] for part in kept} == {part: before[part] for part in kept}

    roles = {"mode": "active", "default": {"concurrency": 2}, "roles": {"User": {"weight": 3}}}
    changed = (await app.post("/admin/limits", roles)).json()
    assert changed["default"] == {**before["default"], "concurrency": 2}
    assert changed["roles"] == {"User": {**changed["default"], "weight": 3.0}}
    assert (changed["users"], changed["keys"]) == (before["users"], before["keys"])
    ended = (await app.post("/admin/limits", {"mode": "active", "roles": {}, "users": {}, "keys": {}})).json()
    assert (ended["roles"], ended["users"], ended["keys"]) == ({}, {}, {})
    assert ended["default"] == changed["default"]


async def test_a_canary_is_tried_widened_and_rolled_back(app: LimitsApp) -> None:
    stricter = {"mode": "canary", "percent": 0, "default": {"requests_per_minute": 1}}
    assert (await app.post("/admin/limits", stricter)).json()["percent"] == 0
    assert (await app.get("/system/limits")).json()["version"] == 1

    app.desk.clock.passes(60)
    widened = (await app.patch("/admin/limits/2", {"percent": 100})).json()
    assert (widened["percent"], widened["changed_at"]) == (100, "2026-01-02T12:01:00Z")
    seen = await app.get("/system/limits")
    assert (seen.json()["version"], seen.json()["mode"]) == (2, "canary")
    assert seen.headers["x-service-limits"].startswith("v=2;canary, ")

    assert (await app.patch("/admin/limits/2", {"mode": "active"})).json()["mode"] == "active"
    back = await app.post("/admin/limits/2/rollback")
    assert (back.status_code, back.json()["number"], back.json()["mode"]) == (200, 1, "active")
    assert (await app.get("/system/limits")).json()["version"] == 1


async def test_a_shadow_is_counted_and_refuses_nobody(app: LimitsApp) -> None:
    await app.post("/admin/limits", {"mode": "shadow", "default": {"requests_per_minute": 1}})

    assert [(await app.ask()).status_code for _ in range(3)] == [200, 200, 200]
    assert (await app.get("/admin/limits/2", "boss")).json()["shadow"] == {
        "evaluated": 3, "refused": {"rate_limited": 2}, "spared": 0
    }  # fmt: skip


async def test_the_list_is_in_pages_and_the_newest_comes_first(app: LimitsApp) -> None:
    for _ in range(2):
        await app.post("/admin/limits", {"mode": "active"})
    first = (await app.get("/admin/limits?page_size=2", "boss")).json()

    assert [(each["number"], each["mode"]) for each in first["items"]] == [(3, "active"), (2, "superseded")]
    assert (first["page"], first["page_size"], first["total"]) == (1, 2, 3)
    (last,) = (await app.get("/admin/limits?page=2&page_size=2", "boss")).json()["items"]
    assert (last["number"], last["created_by"], last["default"]) == (1, None, DEFAULT)
    assert (await app.get("/admin/limits?page=9", "boss")).json()["items"] == []


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", "/admin/limits"),
        ("get", "/admin/limits/1"),
        ("get", "/admin/limits/99"),
        ("post", "/admin/limits"),
        ("patch", "/admin/limits/1"),
        ("post", "/admin/limits/1/rollback"),
    ],
)
async def test_nobody_else_gets_at_it(app: LimitsApp, method: str, path: str) -> None:
    body: Any = {"mode": "active"}
    answers = [await app._sent(method.upper(), path, who, None if method == "get" else body) for who in ("ada", "x")]

    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [
        (403, "forbidden"), (401, "unauthenticated")
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "mode"),
        ({"mode": "superseded"}, "mode"),
        ({"mode": "canary"}, "percent"),
        ({"mode": "active", "percent": 5}, "percent"),
        ({"mode": "canary", "percent": 101}, "percent"),
        ({"mode": "active", "default": {"concurrency": 0}}, "default.concurrency"),
        ({"mode": "active", "default": {"weight": 0}}, "default.weight"),
        ({"mode": "active", "default": {"tokens_per_day": 0}}, "default.tokens_per_day"),
        ({"mode": "active", "default": {"rpm": 5}}, "default.rpm"),
        ({"mode": "active", "users": {"ada": {}}}, "$.users"),
        ({"mode": "active", "note": "a\0b"}, "note"),
    ],
)
async def test_a_mistake_in_a_version_is_told_and_changes_nothing(app: LimitsApp, body: Any, field: str) -> None:
    answer = await app.post("/admin/limits", body)

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
    assert field in answer.json()["detail"]
    assert len(app.desk.book.rollout.versions) == 1


async def test_what_is_not_there_or_cannot_be_is_told(app: LimitsApp) -> None:
    await app.post("/admin/limits", {"mode": "shadow"})
    answers = [
        await app.patch("/admin/limits/99", {"mode": "active"}),
        await app.post("/admin/limits/99/rollback"),
        await app.post("/admin/limits/1/rollback"),
        await app.post("/admin/limits", {"mode": "shadow"}),
        await app.patch("/admin/limits/2", {"percent": 5}),
    ]

    assert [answer.status_code for answer in answers] == [404, 404, 409, 409, 400]


async def test_every_method_of_a_path_is_allowed(app: LimitsApp) -> None:
    answers = [await app._sent("OPTIONS", f"/admin/limits{path}", "boss") for path in ("", "/1")]

    assert [answer.headers["allow"] for answer in answers] == ["GET, OPTIONS, POST", "GET, OPTIONS, PATCH"]


async def test_the_api_document_describes_the_routes(app: LimitsApp) -> None:
    document = app.litestar.openapi_schema.to_schema()
    told = {operation["operationId"] for methods in document["paths"].values() for operation in methods.values()}

    assert {
        "getLimits", "getUsage", "listLimitVersions", "getLimitVersion", "createLimitVersion", "changeLimitVersion",
        "rollBackLimits",
    } <= told  # fmt: skip
    for path, method in (("/api/v1/admin/limits", "post"), ("/api/v1/admin/limits/{number}", "patch")):
        schema = document["paths"][path][method]["requestBody"]["content"]["application/json"]["schema"]
        sent = await app._sent(method.upper(), path[7:].replace("{number}", "2"), "boss", schema["examples"][0])
        assert sent.status_code in (200, 201), sent.text
