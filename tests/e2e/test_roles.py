"""A role of the installation's own: what it allows, which models, and how much, holds for running tokens and keys."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.api import PASSWORD, Caller, client, registered
from tests.e2e.conftest import served
from tests.e2e.processes import Running, run

pytestmark = pytest.mark.anyio

ROLES = "/api/v1/admin/roles"
READER = {
    "name": "Reader",
    "permissions": ["chat", "models:read"],
    "limits": {"models": ["LLAMA3.2", "qwen3"], "requests_per_minute": 50, "weight": 2.5},
}


async def boss_of(http: httpx.AsyncClient, data: Path) -> Caller:
    name = ("boss@example.com", "--username", "boss", "--role", "admin", "--password-stdin")
    made = run("users", "create", *name, given=PASSWORD + "\n", OLLAMANET_DATA_DIR=str(data))
    assert made.returncode == 0, made.stderr
    answer = (await http.post("/api/v1/auth/login", json={"login": "boss", "password": PASSWORD})).json()
    return Caller(http, answer["access_token"], answer["user"])


async def signed_in_again(who: Caller) -> Caller:
    login = {"login": who.user["username"], "password": PASSWORD}
    answer = (await who.http.post("/api/v1/auth/login", json=login)).json()
    return Caller(who.http, answer["access_token"], answer["user"])


async def change(boss: Caller, path: str, body: Any) -> None:
    answer = await boss.http.patch(path, json=body, headers=boss.headers)
    assert answer.status_code == 200, answer.text


async def asked(who: Caller, model: str | None = None, path: str = "/api/v1/chats") -> tuple[int, str]:
    answer = await who.post(path, {"message": "Hello", **({"model": model} if model else {})})
    return answer.status_code, answer.json().get("code") or answer.json()["model"]


async def test_a_role_holds_for_tokens_and_keys_and_its_change_at_once(simulator: Running, tmp_path: Path) -> None:
    with served(simulator.url, tmp_path, OLLAMANET_DEFAULT_MODEL="gemma3") as running:
        async with client(running.url) as http:
            boss, ada = await boss_of(http, tmp_path), await registered(http)
            assert (await boss.post(ROLES, READER)).status_code == 201
            await change(boss, f"/api/v1/admin/users/{ada.user['id']}", {"roles": ["reader"]})
            ada = await signed_in_again(ada)

            assert await asked(ada) == (200, "llama3.2:latest")
            assert await asked(ada, "qwen3:latest") == (200, "qwen3:latest")
            for path in ("/api/v1/chats", "/api/v1/chats/stream"):
                assert await asked(ada, "gemma3", path) == (403, "forbidden")
            assert (await ada.get("/api/v1/conversations")).json()["total"] == 2
            limits = (await ada.get("/api/v1/system/limits")).json()
            assert (limits["source"], limits["limits"]["requests_per_minute"], limits["limits"]["weight"]) == (
                "role", 50, 2.5
            )  # fmt: skip

            wish = {"name": "narrow", "scopes": ["chat"], "models": ["qwen3"], "limits": {"requests_per_minute": 9}}
            key = Caller(http, (await ada.post("/api/v1/auth/api-keys", wish)).json()["key"], ada.user)
            assert await asked(key) == (200, "qwen3:latest")
            assert await asked(key, "llama3.2") == (403, "forbidden")
            assert (await key.get("/api/v1/system/limits")).json()["key"]["requests_per_minute"] == 9

            await change(boss, f"/api/v1/admin/users/{ada.user['id']}", {"limits": {"requests_per_minute": 7}})
            limits = (await ada.get("/api/v1/system/limits")).json()
            assert (limits["source"], limits["limits"]["requests_per_minute"]) == ("user", 7)

            await change(boss, f"{ROLES}/reader", {"permissions": ["models:read"]})
            assert await asked(ada) == (403, "forbidden")
            assert await asked(key) == (403, "forbidden")
            refused = await http.delete(f"{ROLES}/reader", headers=boss.headers)
            assert (refused.status_code, "1 account" in refused.json()["detail"]) == (409, True)
            moved = await http.delete(f"{ROLES}/reader?reassign=user", headers=boss.headers)
            assert moved.status_code == 204
            assert await asked(ada, "gemma3") == (200, "gemma3:latest")


async def test_roles_are_looked_after_from_the_command_line(tmp_path: Path) -> None:
    here = {"OLLAMANET_DATA_DIR": str(tmp_path)}
    made = run("roles", "create", "Night watch", "--permission", "system:read", "--limit", "concurrency=2", **here)
    assert (made.returncode, made.stdout) == (0, "created the role Night watch\n")

    assert '"name":"Night watch"' in run("roles", "list", **here).stdout
    assert run("roles", "update", "night watch", "--limit", "concurrency=none", **here).returncode == 0
    assert run("roles", "delete", "Night Watch", **here).returncode == 0
    assert run("roles", "delete", "Admin", **here).stderr == "Error: the role Admin is built in and stays\n"
