"""An administrator looks after accounts: over HTTP, and with the command beside the running service."""

import asyncio
import json
import sqlite3
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.api import PASSWORD, Caller, client, registered
from tests.e2e.conftest import served
from tests.e2e.processes import Running, run

pytestmark = pytest.mark.anyio

USERS = "/api/v1/admin/users"


async def typed(data: Path, *args: str, given: str = "") -> Any:
    """What `ollamanet users` answers with --json."""
    done = await asyncio.to_thread(run, "users", *args, "--json", given=given, OLLAMANET_DATA_DIR=str(data))
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


async def signed_in(http: httpx.AsyncClient, login: str, password: str) -> httpx.Response:
    return await http.post("/api/v1/auth/login", json={"login": login, "password": password})


async def boss_of(http: httpx.AsyncClient, data: Path) -> Caller:
    boss = ("create", "boss@example.com", "--username", "boss", "--role", "admin", "--password-stdin")
    await typed(data, *boss, given=PASSWORD)
    answer = (await signed_in(http, "boss", PASSWORD)).json()
    return Caller(http, answer["access_token"], answer["user"])


def said_in(data: Path, text: str) -> int:
    with sqlite3.connect(data / "ollamanet.db") as connection:
        return connection.execute("SELECT COUNT(*) FROM messages WHERE text = ?", (text,)).fetchone()[0]


async def test_an_account_from_its_making_to_its_purge(simulator: Running, tmp_path: Path) -> None:
    with served(simulator.url, tmp_path) as running:
        async with client(running.url) as http:
            boss = await boss_of(http, tmp_path)
            made = (await boss.post(USERS, {"email": "eve@example.com", "username": "eve"})).json()
            eve_path = f"{USERS}/{made['id']}"
            eve = (await signed_in(http, "eve", made["password"])).json()
            asked = await Caller(http, eve["access_token"], {}).stream({"message": "I am Eve"})
            assert asked[-1].name == "done"
            assert await asyncio.to_thread(said_in, tmp_path, "I am Eve") == 1

            assert (await boss.post(f"{eve_path}/lock", {"reason": "a lost laptop"})).status_code == 200
            assert (await signed_in(http, "eve", made["password"])).status_code == 403
            await typed(tmp_path, "unlock", "eve")
            assert (await signed_in(http, "eve", made["password"])).status_code == 200
            reset = await typed(tmp_path, "reset-password", "eve@example.com")
            assert (await signed_in(http, "eve", made["password"])).status_code == 401
            assert (await signed_in(http, "eve", reset["password"])).status_code == 200

            purged = await http.post(f"{eve_path}/purge", headers=boss.headers)
            assert purged.status_code == 204
            assert await asyncio.to_thread(said_in, tmp_path, "I am Eve") == 0
            assert (await boss.get(USERS, q="eve")).json()["total"] == 0


async def test_users_see_nothing_of_it_and_the_last_administrator_stays(simulator: Running, tmp_path: Path) -> None:
    with served(simulator.url, tmp_path) as running:
        async with client(running.url) as http:
            user, boss = await registered(http), await boss_of(http, tmp_path)
            assert (await user.get(USERS)).status_code == 403
            assert (await user.post(USERS, {"email": "eve@example.com", "username": "eve"})).status_code == 403
            listed = (await boss.get(USERS, sort="username")).json()
            assert [item["username"] for item in listed["items"]] == ["boss", user.user["username"]]

            alone = await http.delete(f"{USERS}/{boss.user['id']}", headers=boss.headers)
            assert alone.status_code == 409
            await typed(tmp_path, "set", user.user["username"], "--role", "admin")
            assert (await http.delete(f"{USERS}/{boss.user['id']}", headers=boss.headers)).status_code == 204
