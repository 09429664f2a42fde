"""Sessions on real servers, two of them on one database: what ends on one ends on the other."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.api import PASSWORD, client, registered
from tests.e2e.conftest import served
from tests.e2e.processes import Running, run

pytestmark = pytest.mark.anyio
REFRESH, LOGOUT, SESSIONS, ME = (f"/api/v1/auth/{name}" for name in ("refresh", "logout", "sessions", "me"))
NOTICED_WITHIN = 6.0


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sessions")


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


async def signed_in(http: httpx.AsyncClient, username: str) -> dict[str, Any]:
    body = {"login": username, "password": PASSWORD, "refresh_token": True}
    answer = (await http.post("/api/v1/auth/login", json=body)).json()
    http.cookies.clear()
    return answer


async def program(http: httpx.AsyncClient) -> dict[str, Any]:
    return await signed_in(http, (await registered(http)).user["username"])


def bearing(answer: dict[str, Any]) -> dict[str, str]:
    return {"Authorization": f"Bearer {answer['access_token']}"}


async def refreshed(http: httpx.AsyncClient, answer: dict[str, Any]) -> httpx.Response:
    return await http.post(REFRESH, json={"refresh_token": answer["refresh_token"]})


async def noticed(condition: Callable[[], Awaitable[bool]]) -> bool:
    last = time.monotonic() + NOTICED_WITHIN
    for pause in (0.1,) * 100:
        if (came := await condition()) or time.monotonic() > last:
            break
        await asyncio.sleep(pause)
    return came


async def test_an_access_token_lasts_for_15_minutes_and_a_refresh_token_for_30_days(
    here: httpx.AsyncClient,
) -> None:
    name = (await registered(here)).user["username"]
    answer = await here.post("/api/v1/auth/login", json={"login": name, "password": PASSWORD})
    assert answer.json()["expires_in"] == 15 * 60
    assert f"max-age={30 * 86_400};" in answer.headers["set-cookie"].lower()


async def test_two_tabs_that_refresh_at_once_both_go_on(here: httpx.AsyncClient, there: httpx.AsyncClient) -> None:
    started = await program(here)

    answers = await asyncio.gather(*(refreshed(http, started) for http in (here, there) * 4))

    assert [answer.status_code for answer in answers] == [200] * 8
    successors = [answer.json() for answer in answers]
    assert len({answer["refresh_token"] for answer in successors}) == 8
    for answer in successors:
        assert (await there.get(ME, headers=bearing(answer))).status_code == 200
        assert (await refreshed(here, answer)).status_code == 200


async def test_a_client_that_leaves_during_a_refresh_keeps_its_session(
    instances: tuple[Running, Running], here: httpx.AsyncClient
) -> None:
    started = await program(here)
    host, _, port = instances[0].url.removeprefix("http://").partition(":")
    body = b'{"refresh_token": "%s"}' % started["refresh_token"].encode()
    head = (
        f"POST {REFRESH} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    for _ in range(3):
        _, writer = await asyncio.open_connection(host, int(port))
        writer.write(head.encode() + body)
        await writer.drain()
        writer.transport.abort()

    answer = await refreshed(here, started)

    assert answer.status_code == 200
    assert (await refreshed(here, answer.json())).status_code == 200


async def test_signing_out_here_ends_the_session_there_within_five_seconds(
    here: httpx.AsyncClient, there: httpx.AsyncClient
) -> None:
    leaving = await program(here)
    assert (await there.get(ME, headers=bearing(leaving))).status_code == 200

    assert (await here.post(LOGOUT, headers=bearing(leaving))).status_code == 204

    assert (await here.get(ME, headers=bearing(leaving))).status_code == 401
    for http in (here, there):
        replayed = await refreshed(http, leaving)
        assert (replayed.status_code, replayed.json()["code"]) == (401, "unauthenticated")

    async def unknown_there() -> bool:
        chat = {"message": "Hi", "model": "llama3.2"}
        asked = await there.post("/api/v1/chats/stream", json=chat, headers=bearing(leaving))
        return asked.status_code == 401

    assert await noticed(unknown_there)
    assert (await there.get(ME, headers=bearing(leaving))).status_code == 401


async def test_ones_sessions_tell_device_and_address(here: httpx.AsyncClient) -> None:
    caller = await registered(here)
    phone = await signed_in(here, caller.user["username"])
    found = (await here.get(SESSIONS, headers=bearing(phone))).json()["items"]

    assert len(found) == 2
    assert {each["address"] for each in found} == {"127.0.0.1"}
    assert all(each["device"].startswith("python-httpx/") for each in found)
    assert (await here.delete(SESSIONS, headers=bearing(phone))).status_code == 204
    assert (await caller.get(ME)).status_code == 401


async def test_keys_rotate_while_servers_run_and_nobody_notices(
    here: httpx.AsyncClient, there: httpx.AsyncClient, data: Path
) -> None:
    before = await program(here)
    kid = before["access_token"].partition(".")[0]

    rotated = run("keys", "rotate", OLLAMANET_DATA_DIR=str(data))

    assert rotated.returncode == 0, rotated.stderr
    assert "signs from now on; older keys that still verify: 1" in rotated.stdout

    async def signed_by_the_new_one() -> bool:
        after = await signed_in(here, before["user"]["username"])
        # Before the other server looked by itself: it has to look for a key that it does not know.
        assert (await there.get(ME, headers=bearing(after))).status_code == 200
        return after["access_token"].partition(".")[0] != kid

    assert await noticed(signed_by_the_new_one)
    for http in (here, there):
        assert (await http.get(ME, headers=bearing(before))).status_code == 200

    dropped = run("keys", "rotate", "--drop-others", OLLAMANET_DATA_DIR=str(data))
    assert "older keys that still verify: 0" in dropped.stdout

    async def old_ones_are_worth_nothing() -> bool:
        return (await there.get(ME, headers=bearing(before))).status_code == 401

    assert await noticed(old_ones_are_worth_nothing)
    assert (await refreshed(there, before)).status_code == 200


def test_a_key_of_the_settings_is_not_ours_to_rotate(tmp_path: Path) -> None:
    told = run("keys", "rotate", OLLAMANET_DATA_DIR=str(tmp_path), OLLAMANET_SIGNING_KEY="k" * 32)
    assert told.returncode == 1
    assert "OLLAMANET_PREVIOUS_SIGNING_KEY" in told.stderr
    assert not (tmp_path / "keys").exists()


async def test_a_key_of_the_settings_is_replaced_by_two_starts(simulator: Running, tmp_path: Path) -> None:
    old, new = "o" * 32, "n" * 32
    with served(simulator.url, tmp_path, OLLAMANET_SIGNING_KEY=old) as running:
        async with client(running.url) as http:
            before = await program(http)
    both = {"OLLAMANET_SIGNING_KEY": new, "OLLAMANET_PREVIOUS_SIGNING_KEY": old}
    with served(simulator.url, tmp_path, **both) as running:
        async with client(running.url) as http:
            assert (await http.get(ME, headers=bearing(before))).status_code == 200
            after = await program(http)
    with served(simulator.url, tmp_path, OLLAMANET_SIGNING_KEY=new) as running:
        async with client(running.url) as http:
            assert (await http.get(ME, headers=bearing(before))).status_code == 401
            assert (await http.get(ME, headers=bearing(after))).status_code == 200
            assert (await refreshed(http, before)).status_code == 200
