"""Taking one's data along, and leaving, over HTTP."""

import asyncio
import io
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from zipfile import ZipFile

import httpx
import pytest
from tests.fakes.identity.memory_users import MemoryUsers
from tests.fakes.identity.people import ADA
from tests.interfaces.identity.keys_app import KeysApp, SlowPart

from ollamanet.application.identity.commands.delete_own_account import DeleteOwnAccount
from ollamanet.application.identity.commands.export_own_data import ExportOwnDataHandler
from ollamanet.application.identity.ports import Credentials
from ollamanet.application.kernel.actor import Actor
from ollamanet.domain.identity.account_states import deleted
from ollamanet.domain.identity.errors import WrongPassword
from ollamanet.domain.identity.user import User
from ollamanet.domain.kernel.errors import StorageUnavailable
from ollamanet.domain.kernel.permissions import OF_USERS
from ollamanet.interfaces.identity.own_data_routes import own_data_router
from ollamanet.interfaces.kernel.edge import Edge

EXPORT, ME = "/api/v1/auth/me/export", "/api/v1/auth/me"
TOKEN = {"Authorization": "Bearer ada"}


@dataclass
class Leaving:
    """Deletes nothing; knows one password."""

    heard: list[DeleteOwnAccount]

    async def __call__(self, command: DeleteOwnAccount) -> User:
        if command.password != "right":
            raise WrongPassword("password")
        self.heard.append(command)
        return deleted(ADA, ADA.created_at)


class World:
    def __init__(self, *parts: Any) -> None:
        actors = {"ada": Actor(ADA.id, ADA.roles, permissions=OF_USERS, name="ada")}
        self.keys = KeysApp(MemoryUsers(Credentials(ADA, "")), actors)
        self.export = ExportOwnDataHandler(parts, self.keys, self.keys.clock)
        self.leaving: Any = Leaving([])
        self.app: Edge = self.keys.app(own_data_router(self.export, self.leaving, self.keys.clock))

    def client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url="http://test.invalid", headers=TOKEN)


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with World(SlowPart(3)).client() as client:
        yield client


@pytest.mark.anyio
async def test_the_archive_is_whole_and_its_index_right(http: httpx.AsyncClient) -> None:
    answer = await http.get(EXPORT)

    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/zip")
    assert answer.headers["content-disposition"] == 'attachment; filename="ollamanet-2026-11-22.zip"'
    assert answer.headers["cache-control"] == "no-store"
    with ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.testzip() is None
        index = json.loads(archive.read("index.json"))
        assert [each["path"] for each in index["files"]] == archive.namelist()[:-1]
        assert [each["bytes"] for each in index["files"]] == [100_000] * 3


@pytest.mark.anyio
async def test_an_api_key_takes_nothing_along(http: httpx.AsyncClient) -> None:
    key = (await http.post("/api/v1/auth/api-keys", json={"name": "k"})).json()["key"]
    with_key = {"Authorization": f"Bearer {key}"}
    assert (await http.get(EXPORT, headers=with_key)).status_code == 403


@pytest.mark.anyio
async def test_who_is_not_signed_in_gets_nothing(http: httpx.AsyncClient) -> None:
    nobody = {"Authorization": "Bearer nobody"}
    assert (await http.get(EXPORT, headers=nobody)).status_code == 401
    assert (await http.request("DELETE", ME, headers=nobody, json={"password": "right"})).status_code == 401


async def _download(world: World, *, leave_after: int, also: Any = None) -> list[int]:
    """Ask for the archive, hang up after so many messages; the sizes of those that came."""
    sizes: list[int] = []
    gone = asyncio.Event()
    scope: dict[str, Any] = {
        "type": "http",
        "method": "GET",
        "path": EXPORT,
        "raw_path": EXPORT.encode(),
        "query_string": b"",
        "headers": [(b"authorization", b"Bearer ada")],
        "client": ("192.0.2.1", 1),
        "server": ("test.invalid", 80),
        "scheme": "http",
        "http_version": "1.1",
        "root_path": "",
    }

    async def receive() -> dict[str, Any]:
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        sizes.append(len(message.get("body", b"")))
        if also is not None:
            await also(message)
        if len(sizes) == leave_after:
            gone.set()
            await asyncio.sleep(0.01)

    await world.app(scope, receive, send)
    return sizes


@pytest.mark.anyio
async def test_who_leaves_stops_the_work() -> None:
    part = SlowPart(1_000)
    world = World(part)

    await _download(world, leave_after=3)

    assert part.given < 10
    assert (part.closed, world.export.running) == (1, set())


@pytest.mark.anyio
async def test_little_of_it_is_held_at_once() -> None:
    sizes = await _download(World(SlowPart(50, size=1_000_000)), leave_after=10_000)
    assert sum(sizes) > 50_000_000
    assert max(sizes) < 200_000


@pytest.mark.anyio
async def test_one_export_runs_at_a_time() -> None:
    world = World(SlowPart(2))
    world.export.running.add(ADA.id)
    async with world.client() as http:
        answer = await http.get(EXPORT)
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")


class BrokenPart:
    folder = "broken"

    def __init__(self, before: int) -> None:
        self.before = before

    async def files(self, _: object):
        for number in range(self.before):
            yield f"{number}.json", b"{}"
        raise StorageUnavailable("gone")


@pytest.mark.anyio
async def test_what_fails_before_the_first_file_has_its_status() -> None:
    async with World(BrokenPart(0)).client() as http:
        answer = await http.get(EXPORT)
    assert (answer.status_code, answer.json()["code"]) == (503, "storage_unavailable")


@pytest.mark.anyio
async def test_what_fails_later_is_no_whole_archive() -> None:
    world = World(BrokenPart(2))
    ended = False

    async def send(message: dict[str, Any]) -> None:
        nonlocal ended
        ended = ended or (message["type"] == "http.response.body" and not message.get("more_body"))

    await _download(world, leave_after=10_000, also=send)
    assert not ended
    assert world.export.running == set()


@pytest.mark.anyio
async def test_leaving_tells_until_when_one_can_come_back() -> None:
    world = World()
    async with world.client() as http:
        wrong = await http.request("DELETE", ME, json={"password": "wrong"})
        right = await http.request("DELETE", ME, json={"password": "right"})
    assert (wrong.status_code, wrong.json()["code"]) == (403, "forbidden")
    assert (right.status_code, right.json()["restorable_until"]) == (200, "2026-12-22T12:00:00.000101Z")
    (command,) = world.leaving.heard
    assert command.actor.user_id == ADA.id


@pytest.mark.anyio
@pytest.mark.parametrize(
    "body", [{}, {"password": ""}, {"password": "x" * 1025}, {"password": "right", "user_id": "1"}]
)
async def test_bad_bodies_delete_nothing(body: dict[str, str]) -> None:
    world = World()
    async with world.client() as http:
        answer = await http.request("DELETE", ME, json=body)
    assert (answer.status_code, answer.json()["code"], world.leaving.heard) == (400, "invalid_request", [])
