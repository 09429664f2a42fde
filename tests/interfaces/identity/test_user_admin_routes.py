"""Administrators and accounts over HTTP."""

from dataclasses import replace

import pytest
from tests.fakes.identity.admin_desk import CHIEF, DEPUTY
from tests.fakes.identity.fixed_time import NOON
from tests.fakes.identity.people import ADA, BOB, PHRASE
from tests.interfaces.identity.user_admin_app import UserAdminApp

from ollamanet.domain.identity.account_states import deleted
from ollamanet.domain.identity.user import UserStatus
from ollamanet.domain.kernel.caller_limits import CallerLimits

pytestmark = pytest.mark.anyio

ADAS = f"/{ADA.id}"
NO_LIMITS = dict.fromkeys(
    ("concurrency", "requests_per_minute", "tokens_per_minute", "tokens_per_day", "weight", "models")
)


async def test_a_list_says_all_of_an_account_but_its_password() -> None:
    rich = replace(
        ADA, created_at=NOON, status=UserStatus.LOCKED, limits=CallerLimits(concurrency=2, models=frozenset({"b", "a"}))
    )
    page = (await UserAdminApp(CHIEF, rich).ask("GET", "?q=ADA")).json()
    assert page == {
        "items": [
            {
                "id": str(ADA.id),
                "email": "ada@example.org",
                "username": "ada",
                "roles": ["User"],
                "created_at": "2026-11-22T12:00:00Z",
                "last_sign_in_at": None,
                "status": "locked",
                "deleted_at": None,
                "limits": {**NO_LIMITS, "concurrency": 2, "models": ["a", "b"]},
            }
        ],
        "page": 1,
        "page_size": 20,
        "total": 1,
    }


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["chief", "ada", "bob"]),
        ("?sort=username&order=desc", ["chief", "bob", "ada"]),
        ("?sort=last_sign_in_at&order=desc&page_size=1", ["bob"]),
        ("?role=Admin", ["chief"]),
        ("?status=deleted", ["ada"]),
        ("?signed_in_from=2026-11-22T12:00:00Z", ["bob"]),
        ("?signed_in_to=2026-11-22T13:00:00%2B01:00", ["chief", "ada"]),
        ("?created_from=2026-11-22T12:00:00Z&created_to=2026-11-22T12:00:00.000101Z", ["chief"]),
        ("?q=%25", []),
    ],
)
async def test_accounts_are_searched_filtered_sorted_and_paged(query: str, expected: list[str]) -> None:
    app = UserAdminApp(CHIEF, deleted(ADA, NOON), replace(BOB, last_sign_in_at=NOON))
    items = (await app.ask("GET", query)).json()["items"]
    assert [item["username"] for item in items] == expected


@pytest.mark.parametrize(
    "query",
    [
        "?status=gone",
        "?sort=password_hash",
        "?order=up",
        "?page=0",
        "?page_size=201",
        "?created_from=2026-11-22T12:00:00",
        "?created_from=yesterday",
        "?created_from=0.5",
        "?created_from=",
        "?created_to=0001-01-01T00:00:00%2B14:00",
        "?signed_in_to=9999-12-31T23:59:59-14:00",
        "?q=%00",
        f"?q={'x' * 300}",
        "?role=",
        "?role=%00",
    ],
)
async def test_a_question_that_makes_no_sense_is_refused(query: str) -> None:
    answer = await UserAdminApp(CHIEF).ask("GET", query)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")


async def test_one_account_is_told_with_what_belongs_to_it_and_its_version() -> None:
    app = UserAdminApp(CHIEF, replace(ADA, email_verified_at=NOON))
    await app.desk.world.give(ADA.id, sessions=2, keys=1)
    await app.desk.world.fail(ADA.id, minutes=5)

    answer = await app.ask("GET", ADAS)

    told = answer.json()
    assert (told["sessions"], told["api_keys"], told["locked_until"]) == (2, 1, "2026-11-22T12:05:00Z")
    assert (told["email_verified_at"], told["password_changed_at"]) == ("2026-11-22T12:00:00Z", None)
    assert answer.headers["etag"].strip('"')


async def test_an_account_is_made_with_or_without_a_password() -> None:
    app = UserAdminApp(CHIEF)
    made = await app.ask("POST", json={"email": "ada@example.org", "username": "ada", "roles": ["helpdesk"]})
    chosen = await app.ask("POST", json={"email": "bob@example.org", "username": "bob", "password": PHRASE})

    assert (made.status_code, made.json()["password"], made.json()["roles"]) == (201, "made password 1", ["Helpdesk"])
    assert (chosen.status_code, chosen.json()["roles"]) == (201, ["User"])
    assert "password" not in chosen.json()
    assert made.headers["cache-control"] == "no-store"
    again = await app.ask("POST", json={"email": "ADA@example.org", "username": "ada2"})
    assert (again.status_code, again.json()["detail"]) == (409, "email: another account has this address")


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"email": "a@b.example"}, "username: required"),
        ({"email": "a@b.example", "username": "abc", "status": "locked"}, "status: unknown field"),
        ({"email": "a@b.example", "username": "abc", "roles": []}, "roles: expected"),
        ({"email": "a@b.example", "username": "abc", "roles": ["root"]}, "roles: expected some of"),
        ({"email": "a@b.example", "username": "abc", "password": None}, "password: expected"),
    ],
)
async def test_a_new_account_that_is_not_right_is_refused_by_the_field(body: object, told: str) -> None:
    answer = await UserAdminApp(CHIEF).ask("POST", json=body)
    assert answer.status_code == 400
    assert answer.json()["detail"].startswith(told)


async def test_only_what_is_sent_is_changed() -> None:
    app = UserAdminApp(CHIEF, replace(ADA, limits=CallerLimits(concurrency=2)))
    body = {"limits": {"tokens_per_day": 7, "models": ["Llama3"]}, "username": "countess"}

    first = await app.ask("PATCH", ADAS, json=body)
    second = await app.ask("PATCH", ADAS, json={"limits": {"concurrency": None}})
    third = await app.ask("PATCH", ADAS, json={"limits": None, "email": "a@b.example", "roles": ["Admin"]})

    changed = {**NO_LIMITS, "concurrency": 2, "tokens_per_day": 7, "models": ["llama3:latest"]}
    assert (first.json()["limits"], first.json()["username"]) == (changed, "countess")
    assert second.json()["limits"] == {**changed, "concurrency": None}
    told = third.json()
    assert (told["limits"], told["email"], told["roles"]) == (NO_LIMITS, "a@b.example", ["Admin"])
    assert (await app.ask("PATCH", ADAS, json={})).json() == told


@pytest.mark.parametrize(
    "body",
    [
        {"password": PHRASE},
        {"id": str(BOB.id)},
        {"created_at": "2026-01-01T00:00:00Z"},
        {"status": "deleted"},
        {"status": None},
        {"email": None},
        {"roles": []},
        {"limits": {"concurrency": 0}},
        {"limits": {"concurrency": 10**30}},
        {"limits": {"weight": 0}},
        {"limits": {"speed": 1}},
        {"limits": {"models": ["../etc"]}},
    ],
)
async def test_a_change_that_is_not_right_is_refused_and_changes_nothing(body: object) -> None:
    app = UserAdminApp(CHIEF, ADA)
    assert (await app.ask("PATCH", ADAS, json=body)).status_code == 400
    assert app.desk.now(ADA) == ADA


async def test_a_change_of_what_somebody_else_changed_meanwhile_is_a_conflict() -> None:
    app = UserAdminApp(CHIEF, ADA)
    seen = (await app.ask("GET", ADAS)).headers["etag"]

    first = await app.ask("PATCH", ADAS, json={"username": "countess"}, If_Match=seen)
    late = await app.ask("PATCH", ADAS, json={"username": "other"}, If_Match=seen)
    listed = await app.ask("PATCH", ADAS, json={"username": "third"}, If_Match=f"{seen}, {first.headers['etag']}")
    anyhow = await app.ask("PATCH", ADAS, json={"username": "fourth"}, If_Match="*")

    assert [answer.status_code for answer in (first, late, listed, anyhow)] == [200, 409, 200, 200]


async def test_an_account_is_locked_deleted_restored_and_purged() -> None:
    app = UserAdminApp(CHIEF, ADA)
    steps = [
        await app.ask("POST", f"{ADAS}/lock", json={"reason": "lost"}),
        await app.ask("POST", f"{ADAS}/unlock"),
        await app.ask("DELETE", ADAS),
        await app.ask("DELETE", ADAS),
        await app.ask("POST", f"{ADAS}/lock", json={"reason": "lost"}),
        await app.ask("POST", f"{ADAS}/restore"),
        await app.ask("POST", f"{ADAS}/restore"),
        await app.ask("POST", f"{ADAS}/purge"),
        await app.ask("POST", f"{ADAS}/restore"),
    ]
    assert [answer.status_code for answer in steps] == [200, 200, 204, 204, 409, 200, 409, 204, 409]
    assert app.desk.noted.purged == [ADA.id]
    assert {entry.origin.device[:12] for entry in app.desk.trail} == {"python-httpx"}
    assert len({entry.origin.request_id for entry in app.desk.trail}) == len(app.desk.trail)


async def test_the_last_administrator_is_told_to_make_another_one_first() -> None:
    app = UserAdminApp(CHIEF, replace(DEPUTY, status=UserStatus.LOCKED))
    answer = await app.ask("DELETE", f"/{CHIEF.id}")
    assert (answer.status_code, answer.json()["title"]) == (409, "The last administrator has to stay")


async def test_a_new_password_is_answered_once() -> None:
    app = UserAdminApp(CHIEF, ADA)
    answer = await app.ask("POST", f"{ADAS}/reset-password")
    assert (answer.status_code, answer.json()) == (200, {"password": "made password 1"})
    assert answer.headers["cache-control"] == "no-store"
    assert "made password" not in str(app.desk.trail)
