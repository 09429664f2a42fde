"""Roles over HTTP."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from litestar import Litestar
from litestar.exceptions import HTTPException
from tests.fakes.identity.fixed_time import CountedIds, FixedClock
from tests.fakes.identity.memory_roles import MemoryRoles
from tests.fakes.identity.people import ADA
from tests.fakes.kernel.callers import a_user, an_admin
from tests.fakes.kernel.fixed_limits import FixedLimits

from ollamanet.application.identity.commands.change_role import ChangeRoleHandler
from ollamanet.application.identity.commands.create_role import CreateRoleHandler
from ollamanet.application.identity.commands.delete_role import DeleteRoleHandler
from ollamanet.application.identity.queries.list_roles import ListRolesHandler
from ollamanet.application.kernel.actor import Actor
from ollamanet.domain.kernel.errors import Refusal
from ollamanet.domain.kernel.permissions import Permission
from ollamanet.interfaces.identity.role_routes import RoleUseCases, roles_router
from ollamanet.interfaces.kernel.api_router import ApiRouter
from ollamanet.interfaces.kernel.auth import authenticated
from ollamanet.interfaces.kernel.edge import Edge
from ollamanet.interfaces.kernel.problems import failed, refused, rejected
from ollamanet.interfaces.kernel.strict_request import StrictRequest

pytestmark = pytest.mark.anyio

PATH = "/api/v1/admin/roles"
PEOPLE = {"boss": an_admin(name="root"), "ada": a_user(), "hr": a_user(permissions=frozenset({Permission.ROLES_WRITE}))}
NOTHING = dict.fromkeys(
    ("concurrency", "requests_per_minute", "tokens_per_minute", "tokens_per_day", "weight", "models")
)
WATCH = {"name": "Watch", "permissions": ["chat"], "limits": {"concurrency": 2, "models": ["Llama3", "qwen3:8b"]}}


class Tokens:
    """A name is a token."""

    def known(self, token: str) -> Actor | None:
        return None

    async def verify(self, token: str) -> Actor:
        return PEOPLE[token]


class RolesApp:
    def __init__(self, http: httpx.AsyncClient, roles: MemoryRoles) -> None:
        self.http, self.roles = http, roles

    async def ask(self, method: str, path: str = "", body: Any = None, who: str = "boss") -> httpx.Response:
        headers = {"Authorization": f"Bearer {who}", "User-Agent": "curl", "X-Request-ID": "request-1"}
        return await self.http.request(method, PATH + path, json=body, headers=headers)


@pytest.fixture
async def app() -> AsyncIterator[RolesApp]:
    roles, clock = MemoryRoles(), FixedClock()
    cases = RoleUseCases(
        ListRolesHandler(roles),
        CreateRoleHandler(roles, clock),
        ChangeRoleHandler(roles, clock),
        DeleteRoleHandler(roles, clock),
    )
    litestar = Litestar(
        [ApiRouter("/api/v1", route_handlers=[roles_router(cases)], middleware=[authenticated(Tokens())])],
        exception_handlers={Refusal: refused, HTTPException: rejected, Exception: failed},
        request_class=StrictRequest,
        openapi_config=None,
        logging_config=None,
    )
    edge = Edge(litestar, new_id=CountedIds().new, log=lambda *_: None, limits=FixedLimits("v=1"))
    transport = httpx.ASGITransport(edge)
    async with httpx.AsyncClient(transport=transport, base_url="http://service") as http:
        yield RolesApp(http, roles)


async def test_a_role_is_made_shown_changed_and_taken_away(app: RolesApp) -> None:
    made = await app.ask("POST", body=WATCH)
    shown = {
        "name": "Watch",
        "description": "",
        "permissions": ["chat"],
        "limits": {**NOTHING, "concurrency": 2, "models": ["llama3:latest", "qwen3:8b"]},
        "built_in": False,
        "accounts": 0,
        "invitations": 0,
    }
    assert (made.status_code, made.json()) == (201, shown)
    assert (await app.ask("GET", "/WATCH")).json() == shown

    changed = await app.ask("PATCH", "/watch", {"limits": {"models": None, "weight": 2}, "permissions": []})
    assert changed.json() == {**shown, "permissions": [], "limits": {**NOTHING, "concurrency": 2, "weight": 2.0}}

    assert (await app.ask("DELETE", "/watch")).status_code == 204
    assert (await app.ask("GET", "/watch")).status_code == 404


async def test_roles_are_listed_in_pages_with_those_who_have_them(app: RolesApp) -> None:
    app.roles.join(ADA)
    page = (await app.ask("GET", "?page_size=1&page=2")).json()

    assert (page["page"], page["page_size"], page["total"]) == (2, 1, 2)
    assert [(each["name"], each["accounts"], each["built_in"]) for each in page["items"]] == [("User", 1, True)]


async def test_who_did_it_from_where_is_in_the_trail(app: RolesApp) -> None:
    await app.ask("POST", body=WATCH)
    (entry,) = app.roles.trail

    assert (entry.by.name, entry.origin.device, entry.origin.request_id) == ("root", "curl", "request-1")


async def test_one_that_somebody_has_is_kept_unless_they_get_another(app: RolesApp) -> None:
    await app.ask("POST", body=WATCH)
    app.roles.accounts[ADA.id] = ("ada", frozenset({"Watch"}))

    refused_ = await app.ask("DELETE", "/watch")
    assert (refused_.status_code, refused_.json()["code"]) == (409, "conflict")
    assert "1 account has the role Watch" in refused_.json()["detail"]
    assert (await app.ask("DELETE", "/watch?reassign=nobody")).status_code == 400
    assert (await app.ask("DELETE", "/watch?reassign=user")).status_code == 204


async def test_nobody_makes_what_he_may_not_do_himself(app: RolesApp) -> None:
    assert (await app.ask("GET", who="ada")).status_code == 403
    answer = await app.ask("POST", body={"name": "Strong", "permissions": ["system:write"]}, who="hr")

    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert "system:write" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("method", "path", "body", "told"),
    [
        ("POST", "", {"name": "A", "permissions": ["everything"]}, "permissions[0]"),
        ("POST", "", {"name": "A"}, "permissions: required"),
        ("POST", "", {"name": "A", "permissions": [], "built_in": True}, "built_in: unknown field"),
        ("POST", "", {"name": "a/b", "permissions": []}, "name"),
        ("POST", "", {**WATCH, "limits": {"concurrency": 0}}, "limits.concurrency"),
        ("POST", "", {**WATCH, "limits": {"weight": 0}}, "limits.weight"),
        ("POST", "", {**WATCH, "limits": {"models": ["../secret"]}}, "model"),
        ("PATCH", "/user", {"name": "Other"}, "name: unknown field"),
        ("PATCH", "/user", {"permissions": None}, "permissions"),
        ("PATCH", "/user", {"description": "x" * 501}, "description"),
    ],
)
async def test_a_bad_body_is_refused_by_the_name_of_its_field(
    app: RolesApp, method: str, path: str, body: dict[str, Any], told: str
) -> None:
    answer = await app.ask(method, path, body)

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
    assert told in answer.json()["detail"]
    assert app.roles.trail == []


async def test_a_weight_beyond_all_numbers_is_no_weight(app: RolesApp) -> None:
    body = b'{"name": "A", "permissions": [], "limits": {"weight": 1e999}}'
    answer = await app.http.post(PATH, content=body, headers={"Authorization": "Bearer boss"})

    assert (answer.status_code, app.roles.trail) == (400, [])


async def test_the_limits_of_a_built_in_role_change_and_nothing_else_of_it(app: RolesApp) -> None:
    assert (await app.ask("PATCH", "/user", {"limits": {"concurrency": 3}})).json()["limits"]["concurrency"] == 3
    assert (await app.ask("PATCH", "/user", {"permissions": []})).status_code == 409
    assert (await app.ask("DELETE", "/admin?reassign=user")).status_code == 409
