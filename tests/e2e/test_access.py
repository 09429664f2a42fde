"""Every operation of the API document, asked by everybody: nobody gets more than the table says."""

import json
import re
import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.access_matrix import ACCESS, CALLERS, PLACES
from tests.e2e.api import PASSWORD
from tests.e2e.conftest import served
from tests.e2e.processes import Running, run

CODES = {401: "unauthenticated", 403: "forbidden", 404: "not_found"}


@dataclass
class World:
    """A service, and everybody who asks it.

    Attributes:
        tokens: of each caller; None for nobody.
        places: what stands in the paths.
        foreign: the same, but all of it is there: the user's, or the installation's.
    """

    http: httpx.Client
    tokens: dict[str, str | None] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=lambda: dict(PLACES))
    foreign: dict[str, str] = field(default_factory=dict)

    def ask(self, caller: str, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        token = self.tokens[caller]
        sent = headers if token is None else {**headers, "Authorization": f"Bearer {token}"}
        return self.http.request(method, path, json=body, headers=sent)

    def document(self) -> dict[str, Any]:
        return self.http.get("/schema").json()

    def operations(self) -> set[str]:
        return {f"{method.upper()} {path}" for path, methods in self.document()["paths"].items() for method in methods}

    def belongings(self) -> dict[str, Any]:
        """All that the paths of `foreign` lead to, as those see it who may."""
        administered = ("users", "invitations", "limits", "roles")
        own = ("/api/v1/auth/sessions", "/api/v1/auth/api-keys", "/api/v1/conversations")
        asked = [("admin", f"/api/v1/admin/{name}") for name in administered] + [("user", path) for path in own]
        asked.append(("user", f"/api/v1/conversations/{self.foreign['conversation_id']}/messages"))
        seen = {path: self.ask(caller, "GET", path).json() for caller, path in asked}
        for session in seen["/api/v1/auth/sessions"]["items"]:
            del session["last_used_at"]
        replicas = self.ask("admin", "GET", "/api/v1/admin/replicas").json()["items"]
        drained = [(each["name"], each["drained"]) for each in replicas]
        return {"replicas": drained, **{path: shown["items"] for path, shown in seen.items()}}

    def sign_in(self, name: str) -> str:
        answer = self.http.post("/api/v1/auth/login", json={"login": name, "password": PASSWORD})
        assert answer.status_code == 200, answer.text
        return str(answer.json()["access_token"])

    def register(self, name: str) -> None:
        body = {"email": f"{name}@example.com", "username": name, "password": PASSWORD}
        answer = self.http.post("/api/v1/auth/register", json=body)
        assert answer.status_code == 201, answer.text


@pytest.fixture(scope="module")
def world(simulator: Running, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    data = tmp_path_factory.mktemp("access")
    with (
        served(simulator.url, data, OLLAMANET_RESUME_GRACE_S="600") as running,
        httpx.Client(base_url=running.url, timeout=30.0, trust_env=False) as http,
    ):
        world = World(http, {"anonymous": None})
        _let_everybody_in(world, data)
        _let_the_user_ask(world)
        _let_all_of_it_be_there(world)
        yield world


def _let_everybody_in(world: World, data: Path) -> None:
    name = ("boss@example.com", "--username", "boss", "--role", "admin", "--password-stdin")
    made = run("users", "create", *name, given=PASSWORD + "\n", OLLAMANET_DATA_DIR=str(data))
    assert made.returncode == 0, made.stderr
    world.tokens["admin"] = world.sign_in("boss")
    bystander = {"name": "Bystander", "permissions": []}
    assert world.ask("admin", "POST", "/api/v1/admin/roles", bystander).status_code == 201
    for name in ("ada", "bob", "eve"):
        world.register(name)
    with closing(sqlite3.connect(data / "ollamanet.db")) as database, database:
        database.execute("UPDATE users SET roles = ? WHERE username = 'eve'", [json.dumps(["Bystander"])])
    world.tokens |= {"user": world.sign_in("ada"), "other": world.sign_in("bob"), "powerless": world.sign_in("eve")}
    narrow = {"name": "narrow", "scopes": ["models:read"]}
    world.tokens["key"] = world.ask("user", "POST", "/api/v1/auth/api-keys", narrow).json()["key"]


def _let_the_user_ask(world: World) -> None:
    question = {"message": "Hello", "model": "llama3.2", "resumable": True}
    heard = world.ask("user", "POST", "/api/v1/chats/stream", question, **{"X-Request-ID": "asked-by-ada"})
    accepted = heard.text.partition("event: accepted\ndata: ")[2].partition("\n")[0]
    key = world.ask("user", "POST", "/api/v1/auth/api-keys", {"name": "another"}).json()
    world.sign_in("ada")
    sessions = world.ask("user", "GET", "/api/v1/auth/sessions").json()["items"]
    world.places |= {
        "request_id": "asked-by-ada",
        "conversation_id": json.loads(accepted)["conversation_id"],
        "key_id": key["id"],
        "session_id": next(each["id"] for each in sessions if not each["current"]),
    }


def _let_all_of_it_be_there(world: World) -> None:
    made = {
        name: world.ask("admin", "POST", f"/api/v1/admin/{name}", body).json()
        for name, body in (("invitations", {"email": "ivy@example.com"}), ("limits", {"mode": "shadow"}))
    }
    world.foreign = world.places | {
        "user_id": world.ask("user", "GET", "/api/v1/me").json()["id"],
        "invitation_id": made["invitations"]["id"],
        "number": str(made["limits"]["number"]),
        "replica": world.ask("admin", "GET", "/api/v1/admin/replicas").json()["items"][0]["name"],
        "name": "Bystander",
    }


def test_every_operation_has_its_line_and_every_line_its_operation(world: World) -> None:
    assert world.operations() == set(ACCESS)


def test_all_callers_of_the_table_are_there_and_no_place_is_left_open(world: World) -> None:
    assert set(world.tokens) == set(CALLERS)
    assert "the user's" not in world.places.values()
    assert set(world.foreign) == set(world.places) == {name for path in ACCESS for name in re.findall(r"{(\w+)}", path)}


@pytest.mark.parametrize("operation", [each for each in ACCESS if "{" in each])
def test_what_is_somebody_elses_is_as_if_it_were_not_there_and_stays_as_it_is(world: World, operation: str) -> None:
    (method, path), entry = operation.split(" "), ACCESS[operation]
    elsewhere = {place: "999" if place == "number" else str(uuid.uuid4()) for place in world.foreign}
    before = world.belongings()

    there, nowhere = (
        world.ask("other", method, path.format_map(places), entry.body) for places in (world.foreign, elsewhere)
    )

    assert there.status_code == entry.other
    assert entry.other in {403, 404}
    assert _told(there) == _told(nowhere)
    assert world.belongings() == before


def test_what_is_somebody_elses_is_not_there_for_a_body_that_names_it_either(world: World) -> None:
    document = world.document()
    named = [
        (operation, each)
        for operation in ACCESS
        for each in world.foreign.keys() & _fields_of_the_body(document, operation)
        if ACCESS[operation].user < 300 and each.endswith("_id")
    ]
    assert ("POST /api/v1/chats", "conversation_id") in named
    before = world.belongings()
    for operation, name in named:
        answer = world.ask("other", *operation.split(" "), {**ACCESS[operation].body, name: world.foreign[name]})
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), operation
    assert world.belongings() == before


def _told(answer: httpx.Response) -> tuple[int, str, str]:
    problem = answer.json()
    return answer.status_code, problem["code"], problem["title"]


def _fields_of_the_body(document: dict[str, Any], operation: str) -> set[str]:
    method, path = operation.lower().split(" ")
    content = document["paths"][path][method].get("requestBody", {}).get("content", {})
    references = re.findall(r"#/components/schemas/(\w+)", json.dumps(content))
    return {name for each in references for name in document["components"]["schemas"][each].get("properties", ())}


@pytest.mark.parametrize("caller", [*sorted({*CALLERS} - {"user"}), "user"])
@pytest.mark.parametrize("operation", ACCESS)
def test_everybody_gets_what_the_table_says(world: World, operation: str, caller: str) -> None:
    (method, path), entry = operation.split(" "), ACCESS[operation]

    answer = world.ask(caller, method, path.format_map(world.places), entry.body)

    assert answer.status_code == getattr(entry, caller), answer.text
    if answer.status_code in CODES:
        assert answer.json()["code"] == CODES[answer.status_code]
