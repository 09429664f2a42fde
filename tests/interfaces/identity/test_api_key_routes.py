"""API keys over HTTP."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from tests.fakes.identity.memory_users import MemoryUsers
from tests.fakes.identity.people import ADA, BOB, person
from tests.interfaces.identity.keys_app import KeysApp

from ollamanet.application.identity.ports import Credentials
from ollamanet.application.kernel.actor import Actor
from ollamanet.domain.identity.key_text import is_key_text
from ollamanet.domain.identity.user import Role
from ollamanet.domain.kernel.permissions import ALL, OF_USERS

CHIEF = person("chief", number=1, role=Role.ADMIN)
OWN = "/api/v1/auth/api-keys"
OF_ADA = f"/api/v1/admin/users/{ADA.id}/api-keys"


class Api:
    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http

    async def ask(self, who: str, method: str, path: str = OWN, **options: Any) -> httpx.Response:
        return await self.http.request(method, path, headers={"Authorization": f"Bearer {who}"}, **options)

    async def made(self, who: str = "ada", **body: Any) -> dict[str, Any]:
        answer = await self.ask(who, "POST", json={"name": "report", **body})
        assert answer.status_code == 201, answer.text
        return answer.json()


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    users = MemoryUsers(*(Credentials(user, "") for user in (ADA, BOB, CHIEF)))
    permissions = {ADA: OF_USERS, BOB: OF_USERS, CHIEF: ALL}
    actors = {
        str(user.username): Actor(user.id, user.roles, permissions=held, name=str(user.username))
        for user, held in permissions.items()
    }
    transport = httpx.ASGITransport(KeysApp(users, actors).app())
    async with httpx.AsyncClient(transport=transport, base_url="http://test.invalid") as http:
        yield Api(http)


@pytest.mark.anyio
async def test_a_key_is_shown_once_and_works(api: Api) -> None:
    made = await api.made(models=["llama3"], limits={"concurrency": 1}, expires_at="2027-01-01T01:00:00+01:00")
    text = made.pop("key")

    assert is_key_text(text)
    assert made == {
        "id": made["id"],
        "name": "report",
        "prefix": text[:12],
        "scopes": ["chat", "models:read"],
        "models": ["llama3:latest"],
        "limits": {
            "concurrency": 1,
            "requests_per_minute": None,
            "tokens_per_minute": None,
            "tokens_per_day": None,
        },
        "created_at": "2026-11-22T12:00:00Z",
        "expires_at": "2027-01-01T00:00:00Z",
        "last_used_at": None,
    }
    listed = await api.ask("ada", "GET")
    assert listed.json() == {"items": [made], "page": 1, "page_size": 20, "total": 1}
    assert text[12:] not in listed.text


@pytest.mark.anyio
async def test_a_key_manages_no_keys(api: Api) -> None:
    made = await api.made()
    one = f"{OWN}/{made['id']}"
    answers = [
        await api.ask(made["key"], "GET"),
        await api.ask(made["key"], "POST", json={"name": "more"}),
        await api.ask(made["key"], "PATCH", one, json={"name": "more"}),
        await api.ask(made["key"], "DELETE", one),
        await api.ask(made["key"], "GET", OF_ADA),
    ]
    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(403, "forbidden")] * 5


@pytest.mark.anyio
async def test_a_revoked_key_opens_nothing_any_more(api: Api) -> None:
    made = await api.made()
    assert (await api.ask("ada", "DELETE", f"{OWN}/{made['id']}")).status_code == 204
    assert (await api.ask(made["key"], "GET")).status_code == 401
    assert (await api.ask("ada", "DELETE", f"{OWN}/{made['id']}")).status_code == 404


@pytest.mark.anyio
async def test_only_what_is_sent_is_changed_and_null_takes_away(api: Api) -> None:
    made = await api.made(models=["a"], limits={"concurrency": 2}, expires_at="2027-01-01T00:00:00Z")
    del made["key"]
    one = f"{OWN}/{made['id']}"

    assert (await api.ask("ada", "PATCH", one, json={})).json() == made
    renamed = (await api.ask("ada", "PATCH", one, json={"name": "other"})).json()
    assert renamed == {**made, "name": "other"}
    freed = await api.ask("ada", "PATCH", one, json={"models": None, "limits": None, "expires_at": None})
    assert freed.json() == {**renamed, "models": None, "limits": dict.fromkeys(made["limits"]), "expires_at": None}
    bound = await api.ask("ada", "PATCH", one, json={"scopes": ["chat"], "limits": {"tokens_per_day": 5}})
    assert (bound.json()["scopes"], bound.json()["limits"]["tokens_per_day"]) == (["chat"], 5)


@pytest.mark.anyio
@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": ""},
        {"name": "x" * 65},
        {"name": "a\u202eb"},
        {"name": 5},
        {"name": "k", "scopes": []},
        {"name": "k", "scopes": ["everything"]},
        {"name": "k", "models": []},
        {"name": "k", "models": ["../../x"]},
        {"name": "k", "limits": {"concurrency": 0}},
        {"name": "k", "limits": {"tokens_per_day": 10**30}},
        {"name": "k", "limits": {"weight": 100}},
        {"name": "k", "expires_at": "2027-01-01T00:00:00"},
        {"name": "k", "expires_at": "2020-01-01T00:00:00Z"},
        {"name": "k", "expires_at": "9999-12-31T23:59:59-23:00"},
        {"name": "k", "expires_at": "0001-01-01T00:00:00+23:00"},
        {"name": "k", "owner": str(BOB.id)},
        {"name": "k", "user_id": str(BOB.id)},
        {"name": "k", "permissions": ["users:write"]},
        {"name": "k", "key": "onk_mine"},
    ],
)
async def test_bad_bodies_and_fields_that_are_not_the_callers_are_refused(api: Api, body: dict[str, Any]) -> None:
    answer = await api.ask("ada", "POST", json=body)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
    assert (await api.ask("ada", "GET")).json()["total"] == 0


@pytest.mark.anyio
async def test_scopes_are_no_wider_than_their_owners(api: Api) -> None:
    wide = await api.ask("ada", "POST", json={"name": "k", "scopes": ["chat", "users:write"]})
    assert (wide.status_code, wide.json()["detail"]) == (
        403,
        "scopes: the account itself does not have users:write",
    )
    made = await api.made()
    assert (await api.ask("ada", "PATCH", f"{OWN}/{made['id']}", json={"scopes": ["audit:read"]})).status_code == 403
    assert (await api.made("chief", scopes=["users:write"]))["scopes"] == ["users:write"]


@pytest.mark.anyio
async def test_the_keys_of_others_are_not_found(api: Api) -> None:
    made = await api.made()
    one = f"{OWN}/{made['id']}"
    for answer in (
        await api.ask("bob", "DELETE", one),
        await api.ask("bob", "PATCH", one, json={"name": "mine"}),
        await api.ask("bob", "DELETE", f"{OWN}/nonsense"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert (await api.ask("bob", "GET")).json()["items"] == []


@pytest.mark.anyio
async def test_administrators_list_and_end_the_keys_of_users(api: Api) -> None:
    made = await api.made()
    assert [each["id"] for each in (await api.ask("chief", "GET", OF_ADA)).json()["items"]] == [made["id"]]
    assert (await api.ask("bob", "GET", OF_ADA)).status_code == 403
    assert (await api.ask("bob", "DELETE", f"{OF_ADA}/{made['id']}")).status_code == 403
    other_owner = OF_ADA.replace(str(ADA.id), str(BOB.id))
    assert (await api.ask("chief", "DELETE", f"{other_owner}/{made['id']}")).status_code == 404
    assert (await api.ask("chief", "DELETE", f"{OF_ADA}/{made['id']}")).status_code == 204
    assert (await api.ask(made["key"], "GET")).status_code == 401


@pytest.mark.anyio
async def test_a_key_of_an_administrator_ends_keys_of_others_when_it_may(api: Api) -> None:
    made, helper = await api.made(), await api.made("chief", scopes=["users:write"])
    one = f"{OF_ADA}/{made['id']}"
    # It may change accounts, and this one may do more than it.
    assert (await api.ask(helper["key"], "DELETE", one)).status_code == 403
    wider = await api.made("chief", scopes=["users:write", "chat", "models:read"])
    assert (await api.ask(wider["key"], "DELETE", one)).status_code == 204


@pytest.mark.anyio
@pytest.mark.parametrize("token", ["nobody", "onk_", "onk_" + "a" * 49])
async def test_nobody_gets_in_with_what_is_no_key(api: Api, token: str) -> None:
    assert (await api.ask(token, "GET")).status_code == 401
