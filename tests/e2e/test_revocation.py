"""What ends on one server ends on another within five seconds, with nothing between them but the database."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.api import PASSWORD, client, registered
from tests.e2e.conftest import served
from tests.e2e.processes import Running, run

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

AUTH, ADMIN = "/api/v1/auth", "/api/v1/admin"
PROMISED_S = 5.0
NEW = "a new and longer phrase"

CHANGES = {
    "sign-out": ("self", "POST", f"{AUTH}/logout", None),
    "password change": ("self", "POST", f"{AUTH}/change-password", {"current_password": PASSWORD, "new_password": NEW}),
    "sign-out elsewhere": ("self", "DELETE", f"{AUTH}/sessions", None),
    "roles": ("boss", "PATCH", f"{ADMIN}/users/{{id}}", {"roles": ["Reader"]}),
    "lock": ("boss", "POST", f"{ADMIN}/users/{{id}}/lock", {"reason": "a lost laptop"}),
    "password reset": ("boss", "POST", f"{ADMIN}/users/{{id}}/reset-password", None),
    "deletion": ("boss", "DELETE", f"{ADMIN}/users/{{id}}", None),
    "purge": ("boss", "POST", f"{ADMIN}/users/{{id}}/purge", None),
    "deletion by oneself": ("self", "DELETE", f"{AUTH}/me", {"password": PASSWORD}),
    "permissions of the role": ("boss", "PATCH", f"{ADMIN}/roles/reader", {"permissions": []}),
}
"""Who does it on the one server, to take everything or something from a token that runs on the other one."""
REFUSED = dict.fromkeys(CHANGES, 401) | {"permissions of the role": 403}


@pytest.fixture
async def servers(simulator: Running, tmp_path: Path) -> AsyncIterator[tuple[httpx.AsyncClient, httpx.AsyncClient]]:
    with served(simulator.url, tmp_path) as one, served(simulator.url, tmp_path) as other:
        async with client(one.url) as here, client(other.url) as there:
            yield here, there


async def signed_in(http: httpx.AsyncClient, name: str) -> dict[str, str]:
    answer = await http.post(f"{AUTH}/login", json={"login": name, "password": PASSWORD})
    assert answer.status_code == 200, answer.text
    http.cookies.clear()
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


async def boss_of(http: httpx.AsyncClient, data: Path) -> dict[str, str]:
    name = ("boss@example.com", "--username", "boss", "--role", "admin", "--password-stdin")
    made = await asyncio.to_thread(run, "users", "create", *name, given=PASSWORD, OLLAMANET_DATA_DIR=str(data))
    assert made.returncode == 0, made.stderr
    return await signed_in(http, "boss")


async def test_what_is_taken_on_one_server_is_gone_on_the_other_within_five_seconds(
    servers: tuple[httpx.AsyncClient, httpx.AsyncClient], tmp_path: Path
) -> None:
    here, there = servers
    boss = await boss_of(here, tmp_path)
    role = {"name": "Reader", "permissions": ["chat"]}
    assert (await here.post(f"{ADMIN}/roles", json=role, headers=boss)).status_code == 201

    async def goes_on_for(change: str) -> float:
        who, method, path, body = CHANGES[change]
        person = (await registered(here)).user
        if REFUSED[change] == 403:
            reader = {"roles": ["Reader"]}
            await here.patch(f"{ADMIN}/users/{person['id']}", json=reader, headers=boss)
        running, own = await signed_in(here, person["username"]), await signed_in(here, person["username"])
        doing = {"self": running if change == "sign-out" else own, "boss": boss}[who]
        assert await asks(there, running) == 200

        done = await here.request(method, path.format_map(person), json=body, headers=doing)

        assert done.is_success, (change, done.text)
        return await last_accepted(there, running, refused=REFUSED[change])

    took = await asyncio.gather(*map(goes_on_for, CHANGES))

    assert [(change, after) for change, after in zip(CHANGES, took, strict=True) if after > PROMISED_S] == []


async def asks(http: httpx.AsyncClient, headers: dict[str, str]) -> int:
    return (await http.get("/api/v1/conversations", headers=headers)).status_code


async def last_accepted(http: httpx.AsyncClient, headers: dict[str, Any], *, refused: int) -> float:
    """Seconds from now to the sending of the last request that was not refused."""
    began, last = time.monotonic(), 0.0
    while True:
        sent = time.monotonic() - began
        if (status := await asks(http, headers)) == refused:
            return last
        assert status == 200, status
        if (last := sent) > 2 * PROMISED_S:
            return last
        await asyncio.sleep(0.05)
