"""The service runs its replica itself: it comes back when it is killed, and goes when the service is killed."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.api import PASSWORD, Caller, client, registered, text_of
from tests.e2e.processes import Running, run, started
from tests.infrastructure.inference.programs import free_port, is_alive, until

pytestmark = pytest.mark.anyio

ADMIN = "/api/v1/admin/replicas"
PACE = ("--tokens-per-second", "0", "--load-seconds", "0", "--reply-tokens", "5", "--models", "llama3.2")


def variables(folder: Path, port: int) -> dict[str, str]:
    command = [sys.executable, "-m", "ollamanet", "simulate", "--port", "{port}", *PACE]
    return {
        "OLLAMANET_DATA_DIR": str(folder),
        "OLLAMANET_MANAGED_REPLICAS": json.dumps([{"port": port, "command": command, "slots": 3}]),
        "OLLAMANET_ARGON2_MEMORY_KIB": "64",
        "OLLAMANET_ARGON2_TIME_COST": "1",
    }


@asynccontextmanager
async def served(folder: Path, port: int) -> AsyncIterator[tuple[Running, Caller]]:
    """The service with a managed simulator, and an administrator."""
    settings = variables(folder, port)
    with started("serve", "--port", "0", **settings) as service:
        name = ("boss@example.com", "--username", "boss", "--role", "admin", "--password-stdin")
        made = run("users", "create", *name, given=PASSWORD + "\n", **settings)
        assert made.returncode == 0, made.stderr
        async with client(service.url) as http:
            answer = (await http.post("/api/v1/auth/login", json={"login": "boss", "password": PASSWORD})).json()
            yield service, Caller(http, answer["access_token"], answer["user"])


async def replica_where(boss: Caller, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """The one replica, as soon as it is as wanted."""
    for _ in range(300):
        found = (await boss.get(ADMIN)).json()["items"][0]
        if wanted(found):
            return found
        await asyncio.sleep(0.1)
    raise AssertionError(found)


def healthy(replica: dict[str, Any]) -> bool:
    return replica["health"] == "healthy" and replica["recovery"]["process"] is not None


async def test_a_managed_replica_answers_comes_back_and_ends_with_the_service(tmp_path: Path) -> None:
    async with served(tmp_path, free_port()) as (service, boss):
        first = await replica_where(boss, healthy)
        assert first["slots"] == 3
        ada = await registered(boss.http)
        assert text_of(await ada.stream({"message": "Hi"}))

        os.kill(first["recovery"]["process"], signal.SIGKILL)
        second = await replica_where(
            boss, lambda each: healthy(each) and each["recovery"]["process"] != first["recovery"]["process"]
        )
        assert second["recovery"]["restarts"] == 1
        assert text_of(await ada.stream({"message": "Hi again"}))
        assert service.stop() == 0

    assert not is_alive(second["recovery"]["process"])


async def test_a_service_that_is_killed_leaves_no_replica_behind(tmp_path: Path) -> None:
    async with served(tmp_path, free_port()) as (service, boss):
        process = (await replica_where(boss, healthy))["recovery"]["process"]
        assert is_alive(process)
        service.kill()

        await until(lambda: not is_alive(process))


async def test_an_administrator_adds_drains_restarts_and_removes_and_it_outlives_a_restart(tmp_path: Path) -> None:
    port = free_port()
    with started("simulate", "--port", "0", *PACE) as other:
        async with served(tmp_path, port) as (_, boss):
            before = await replica_where(boss, healthy)
            added = await boss.post(ADMIN, {"url": other.url, "name": "gpu2"})
            assert added.status_code == 201, added.text
            name = before["id"]
            assert (await boss.post(f"{ADMIN}/{name}/restart", None)).status_code == 202
            await replica_where(
                boss, lambda each: healthy(each) and each["recovery"]["process"] != before["recovery"]["process"]
            )
            assert (await boss.post(f"{ADMIN}/{name}/drain", None)).json()["health"] == "draining"
            ada = await registered(boss.http)
            for _ in range(300):
                seen = (await ada.get("/api/v1/system/replicas")).json()["items"]
                if [each["health"] for each in seen] == ["draining", "healthy"]:
                    break
                await asyncio.sleep(0.1)
            events = await ada.stream({"message": "Hi"})
            assert [event.data["replica"] for event in events if event.name == "started"] == ["gpu2"]
            assert (await ada.get(ADMIN)).status_code == 403
        with started("serve", "--port", "0", **variables(tmp_path, port)) as again:
            async with client(again.url) as http:
                boss.http = http
                items = (await boss.get(ADMIN)).json()["items"]
                assert [(each["name"], each["drained"]) for each in items] == [(before["name"], True), ("gpu2", False)]
                removed = await http.delete(f"{ADMIN}/gpu2", headers=boss.headers)
                refused = await http.delete(f"{ADMIN}/{name}", headers=boss.headers)
                assert (removed.status_code, refused.status_code) == (204, 409)
                assert [each["name"] for each in (await boss.get(ADMIN)).json()["items"]] == [before["name"]]
