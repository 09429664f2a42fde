"""A replica that is removed by force takes its running answers with it, and nothing else."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.api import PASSWORD, Caller, client, text_of
from tests.e2e.conftest import served
from tests.e2e.processes import run, started
from tests.e2e.queueing import until_queue, until_simulated

pytestmark = pytest.mark.anyio

ADMIN = "/api/v1/admin/replicas"
SLOTS = {"OLLAMANET_SLOTS_PER_MODEL": "2"}


def simulator(tokens: str):
    return started(
        "simulate", "--port", "0", "--models", "llama3.2", "--load-seconds", "0", "--tokens-per-second", "20",
        "--slots", "2", "--reply-tokens", tokens,
    )  # fmt: skip


async def boss_of(http: Any, folder: Path) -> Caller:
    made = run(
        "users", "create", "boss@example.com", "--username", "boss", "--role", "admin", "--password-stdin",
        given=PASSWORD + "\n", OLLAMANET_DATA_DIR=str(folder),
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    answer = (await http.post("/api/v1/auth/login", json={"login": "boss", "password": PASSWORD})).json()
    return Caller(http, answer["access_token"], answer["user"])


async def test_removed_by_force_its_answers_are_cut_with_what_was_said_and_the_rest_goes_elsewhere(
    tmp_path: Path,
) -> None:
    with simulator("5") as staying, simulator("5000") as leaving, served(staying.url, tmp_path, **SLOTS) as running:
        async with client(running.url) as http:
            boss = await boss_of(http, tmp_path)
            stays = (await boss.get(ADMIN)).json()["items"][0]["id"]
            assert (await boss.post(f"{ADMIN}/{stays}/drain", {})).status_code == 200
            added = {"url": leaving.url, "name": "leaving", "slots": 2}
            assert (await boss.post(ADMIN, added)).status_code == 201
            await until_healthy(boss, "leaving")
            await check_cut(boss, stays, leaving.url)


async def until_healthy(boss: Caller, name: str) -> None:
    for _ in range(1000):
        items = (await boss.get(ADMIN)).json()["items"]
        if any((item["name"], item["health"]) == (name, "healthy") for item in items):
            return
        await asyncio.sleep(0.02)
    pytest.fail(f"it never became healthy: {items}")


async def check_cut(boss: Caller, stays: str, leaving: str) -> None:
    chats = [asyncio.create_task(boss.stream({"message": f"Question {number}"})) for number in range(3)]
    await until_queue(boss, running=2, waiting=1)
    await until_simulated(leaving, generated_tokens=6)
    assert (await boss.post(f"{ADMIN}/{stays}/resume", {})).status_code == 200
    removed = await boss.http.delete(f"{ADMIN}/leaving", params={"force": "true"}, headers=boss.headers)
    assert removed.status_code == 204

    ends = {}
    for heard in await asyncio.gather(*chats):
        ends.setdefault(heard[-1].name, []).append(heard)
    assert {name: len(each) for name, each in ends.items()} == {"error": 2, "done": 1}
    for heard in ends["error"]:
        assert (heard[-1].data["code"], heard[-1].data["partial"]) == ("upstream_error", True)
        assert "removed" in heard[-1].data["message"]
        conversation = heard[0].data["conversation_id"]
        items = (await boss.get(f"/api/v1/conversations/{conversation}/messages")).json()["items"]
        assert items[1]["text"] == text_of(heard) != ""
    await until_simulated(leaving, in_flight=0)
    queue = (await boss.get("/api/v1/system/queue")).json()
    assert (queue["running"], queue["waiting"]) == (0, 0)
    assert (await boss.stream({"message": "Still there?"}))[-1].name == "done"
