"""API keys, and taking one's data along, on real servers; two of them share a database."""

import asyncio
import io
import json
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import httpx
import pytest

from tests.e2e.api import PASSWORD, client, registered
from tests.e2e.conftest import served
from tests.e2e.processes import Running, run

pytestmark = pytest.mark.anyio
KEYS, ME, CHATS = "/api/v1/auth/api-keys", "/api/v1/auth/me", "/api/v1/chats"
PROMISED_S = 5.0
PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("keys")


@pytest.fixture(scope="module")
def instances(simulator: Running, data: Path) -> Iterator[tuple[Running, Running]]:
    with served(simulator.url, data) as one, served(simulator.url, data) as other:
        yield one, other


@pytest.fixture
async def here(instances: tuple[Running, Running]) -> AsyncIterator[httpx.AsyncClient]:
    async with client(instances[0].url) as http:
        yield http


@pytest.fixture
async def there(instances: tuple[Running, Running]) -> AsyncIterator[httpx.AsyncClient]:
    async with client(instances[1].url) as http:
        yield http


def bearing(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def person(http: httpx.AsyncClient) -> tuple[dict[str, str], str]:
    """Somebody new: his headers, and his user name."""
    answer = await registered(http)
    http.cookies.clear()
    return bearing(answer.token), answer.user["username"]


async def key_of(http: httpx.AsyncClient, headers: dict[str, str], **body: Any) -> dict[str, Any]:
    answer = await http.post(KEYS, json={"name": "report", **body}, headers=headers)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_a_key_chats_as_its_owner_and_does_no_more_than_its_scopes(here: httpx.AsyncClient) -> None:
    headers, _ = await person(here)
    key = await key_of(here, headers, scopes=["chat"], models=["llama3.2"])
    asked = await here.post(CHATS, json={"message": "Hello", "model": "llama3.2"}, headers=bearing(key["key"]))
    assert asked.status_code == 200, asked.text
    mine = (await here.get("/api/v1/conversations", headers=headers)).json()["items"]
    assert [each["id"] for each in mine] == [asked.json()["conversation_id"]]
    other = await here.post(CHATS, json={"message": "Hello", "model": "mistral"}, headers=bearing(key["key"]))
    assert other.status_code in {403, 404}
    reader = await key_of(here, headers, scopes=["models:read"])
    refused = await here.post(CHATS, json={"message": "Hello"}, headers=bearing(reader["key"]))
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")


async def test_an_ended_key_is_noticed_at_once_here_and_soon_there(
    here: httpx.AsyncClient, there: httpx.AsyncClient
) -> None:
    headers, _ = await person(here)
    key = await key_of(here, headers)
    program = bearing(key["key"])
    for http in (here, there):
        assert (await http.get(ME, headers=program)).status_code == 200

    assert (await here.delete(f"{KEYS}/{key['id']}", headers=headers)).status_code == 204

    assert (await here.get(ME, headers=program)).status_code == 401
    ended = sent = time.monotonic()
    while (await there.get(ME, headers=program)).status_code == 200:
        # What counts is when it was asked: a busy machine may answer late.
        assert sent < ended + PROMISED_S
        await asyncio.sleep(0.1)
        sent = time.monotonic()


async def test_the_last_use_is_told_soon(here: httpx.AsyncClient) -> None:
    headers, _ = await person(here)
    key = await key_of(here, headers)
    await here.get(ME, headers=bearing(key["key"]))
    for _ in range(200):
        if (await here.get(KEYS, headers=headers)).json()["items"][0]["last_used_at"] is not None:
            return
        await asyncio.sleep(0.1)
    pytest.fail("it was never told")


async def test_the_operator_makes_and_ends_keys_by_command(here: httpx.AsyncClient, data: Path) -> None:
    _, name = await person(here)
    folder = {"OLLAMANET_DATA_DIR": str(data)}
    made = await asyncio.to_thread(run, "api-keys", "create", name, "--name", "report", **folder)
    assert made.returncode == 0, made.stderr
    assert (await here.get(ME, headers=bearing(made.stdout.strip()))).status_code == 200
    listed = await asyncio.to_thread(run, "api-keys", "list", name, "--json", **folder)
    ended = await asyncio.to_thread(run, "api-keys", "revoke", name, json.loads(listed.stdout)["id"], **folder)
    assert ended.returncode == 0, ended.stderr


async def test_all_of_ones_data_comes_in_one_archive(here: httpx.AsyncClient) -> None:
    headers, name = await person(here)
    question = {"message": "../../Why is the sky blue?", "model": "llama3.2", "images": [PNG]}
    asked = (await here.post(CHATS, json=question, headers=headers)).json()
    key = await key_of(here, headers)

    answer = await here.get(f"{ME}/export", headers=headers)

    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/zip")
    with ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        index = json.loads(archive.read("index.json"))
        assert [each["path"] for each in index["files"]] == names[:-1]
        assert json.loads(archive.read("account/account.json"))["username"] == name
        (told,) = (name for name in names if name.endswith("conversation.json"))
        assert told.startswith("conversations/")
        assert asked["conversation_id"] in told
        messages = json.loads(archive.read(told))["messages"]
        assert [each["text"] for each in messages] == [question["message"], asked["text"]]
        written = archive.read(told.removesuffix(".json") + ".md").decode()
        assert asked["text"] in written
        assert "Why is the sky blue?" in written
        assert any(name.endswith("-1.png") for name in names)
        actions = {each["action"] for each in json.loads(archive.read("account/activity.json"))}
        assert {"api_key.created", "user.exported"} <= actions
        assert not any(key["key"].encode() in archive.read(name) for name in names)
        assert not any(b"argon2" in archive.read(name) for name in names)


async def test_a_deleted_account_is_signed_out_everywhere_and_its_keys_open_nothing(
    here: httpx.AsyncClient, there: httpx.AsyncClient
) -> None:
    headers, name = await person(here)
    program = bearing((await key_of(here, headers))["key"])
    assert (await there.get(ME, headers=program)).status_code == 200

    wrong = await here.request("DELETE", ME, json={"password": "not his password"}, headers=headers)
    assert (wrong.status_code, wrong.json()["code"]) == (403, "forbidden")
    await asyncio.sleep(1.1)  # a wrong password costs a pause
    gone = await here.request("DELETE", ME, json={"password": PASSWORD}, headers=headers)

    assert gone.status_code == 200, gone.text
    assert gone.json().keys() == {"deleted_at", "restorable_until"}
    for shown in (headers, program):
        assert (await here.get(ME, headers=shown)).status_code == 401
    again = await here.post("/api/v1/auth/login", json={"login": name, "password": PASSWORD})
    assert again.status_code in {401, 403}
    deadline = time.monotonic() + PROMISED_S
    while (await there.get(ME, headers=program)).status_code == 200:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.1)
