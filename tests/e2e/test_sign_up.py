"""The ways to an account, over a real server: set-up, invitations, rules; and hashing that nobody else feels."""

import asyncio
import re
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from tests.e2e.api import PASSWORD, Caller, client, registered
from tests.e2e.conftest import served
from tests.e2e.processes import Running, run

pytestmark = pytest.mark.anyio

BOSS = {"email": "boss@example.com", "username": "admin", "password": PASSWORD}
FLOOD = 220
NAMES = ("eve", "mallory", "trent", "peggy", "victor")


@pytest.fixture
def invited_only(simulator: Running, tmp_path: Path) -> Iterator[Running]:
    with served(simulator.url, tmp_path, OLLAMANET_REGISTRATION="invite") as running:
        yield running


def told(running: Running, last: str) -> str:
    """What it wrote, once the last line of what it tells at its start is there."""
    while not any(last in line for line in running.log):
        time.sleep(0.01)
    return "".join(running.log)


def printed_token(running: Running) -> str:
    found = re.search(r"ons_[0-9a-f]{40}", told(running, "stop: "))
    assert found is not None
    return found.group()


async def test_the_printed_token_makes_the_first_administrator_and_invitations_the_others(
    invited_only: Running, tmp_path: Path
) -> None:
    token = printed_token(invited_only)
    assert run("users", "setup-token", OLLAMANET_DATA_DIR=str(tmp_path)).stdout.strip() == token
    assert not [line for line in invited_only.log if line.startswith("{") and "ons_" in line]

    async with client(invited_only.url) as http:
        attempts = [{**BOSS, "token": token, "email": f"{name}@example.com", "username": name} for name in NAMES]
        answers = await asyncio.gather(*(http.post("/api/v1/auth/setup", json=body) for body in attempts))
        assert sorted(answer.status_code for answer in answers) == [201, 403, 403, 403, 403]
        assert (await http.post("/api/v1/auth/register", json=BOSS)).status_code == 403

        made = run(
            "users", "invite", "zoe@example.com", OLLAMANET_DATA_DIR=str(tmp_path), OLLAMANET_REGISTRATION="invite"
        )
        assert made.returncode == 0, made.stderr
        zoe = {"email": "Zoe@example.com", "password": PASSWORD, "invitation": made.stdout.strip()}
        answers = await asyncio.gather(
            *(http.post("/api/v1/auth/register", json={**zoe, "username": f"zoe-{name}"}) for name in NAMES)
        )
        assert sum(answer.status_code == 201 for answer in answers) == 1
    assert run("users", "setup-token", OLLAMANET_DATA_DIR=str(tmp_path)).returncode == 1
    with closing(sqlite3.connect(tmp_path / "ollamanet.db")) as database:
        trail = [row[0] for row in database.execute("select action from audit_entries order by seq")]
    assert trail == ["setup.completed", "session.opened", "invitation.created", "user.registered", "session.opened"]


async def test_where_an_administrator_is_no_token_is_printed(simulator: Running, tmp_path: Path) -> None:
    name = ("boss@example.com", "--username", "boss", "--role", "admin", "--password-stdin")
    assert run("users", "create", *name, given=f"{PASSWORD}\n", OLLAMANET_DATA_DIR=str(tmp_path)).returncode == 0
    with served(simulator.url, tmp_path) as running:
        assert "ons_" not in told(running, "stop: ")


async def test_in_production_the_token_has_to_be_asked_for(simulator: Running, tmp_path: Path) -> None:
    production = {"OLLAMANET_ENV": "production", "OLLAMANET_DATA_DIR": str(tmp_path)}
    assert run("db", "upgrade", **production).returncode == 0
    with served(simulator.url, tmp_path, **production) as running:
        async with client(running.url) as http:
            await registered(http)
        assert "ons_" not in told(running, "no administrator")
        assert [line for line in running.log if "no administrator" in line and "users setup-token" in line]


async def test_ten_megabytes_of_password_are_refused_before_they_are_hashed(http: httpx.AsyncClient) -> None:
    huge = "x" * 10_000_000
    for path, body in (
        ("login", {"login": "ada", "password": huge}),
        ("register", {"email": "big@example.com", "username": "big-one", "password": huge}),
        ("setup", {**BOSS, "token": "ons_", "password": huge}),
    ):
        assert (await http.post(f"/api/v1/auth/{path}", json=body)).status_code == 413
        body["password"] = "x" * 100_000
        answer = await http.post(f"/api/v1/auth/{path}", json=body)
        assert (answer.status_code, answer.json()["detail"].split(":")[0]) == (400, "password")


@pytest.mark.parametrize(
    "changed",
    [{"username": "\u0430dmin"}, {"username": "adm1n"}, {"password": "password1234"}, {"password": "eve-eve-2024!"},
     {"password": "qwertyuiop12"}, {"email": "e\u200bve@example.com"}, {"role": "Admin"}, {"status": "active"}],
)  # fmt: skip
async def test_what_may_not_be_is_refused_by_name(http: httpx.AsyncClient, changed: dict[str, str]) -> None:
    body = {"email": "eve@example.com", "username": "eve-of-the-tests", "password": PASSWORD, **changed}
    answer = await http.post("/api/v1/auth/register", json=body)
    assert (answer.status_code, answer.json()["detail"].split(":")[0]) == (400, next(iter(changed)))


@pytest.mark.slow
async def test_a_flood_of_sign_ins_is_bounded_and_does_not_hold_up_who_chats_with_a_key(
    simulator: Running, tmp_path: Path
) -> None:
    hard = {"OLLAMANET_ARGON2_MEMORY_KIB": "19456", "OLLAMANET_ARGON2_TIME_COST": "5"}
    with served(simulator.url, tmp_path, **hard) as running:
        async with client(running.url) as http, client(running.url) as beside:
            owner = await registered(http)
            key = Caller(beside, (await owner.post("/api/v1/auth/api-keys", {"name": "program"})).json()["key"], {})
            tried = [{"login": f"nobody-{number}", "password": PASSWORD} for number in range(FLOOD)]
            flood = asyncio.gather(*(http.post("/api/v1/auth/login", json=body) for body in tried))
            chats = 0
            while not flood.done():
                answer = await key.post("/api/v1/chats", {"message": "hi", "options": {"num_predict": 1}})
                assert answer.status_code == 200, answer.text
                chats += 1
            answers = await flood

    said = Counter(answer.status_code for answer in answers)
    assert set(said) == {401, 503}
    # 2 hashes at once, and 128 that wait; each that is done makes room for another one.
    assert said[401] >= 130
    turned_away = [answer for answer in answers if answer.status_code == 503]
    assert {answer.json()["code"] for answer in turned_away} == {"queue_full"}
    assert all(int(answer.headers["retry-after"]) >= 1 for answer in turned_away)
    # Beside a hash there is time for about one chat, on a slow machine too, as both are slow there; on the loop each of
    # its steps would wait for a hash, which leaves one chat for 15 of them.
    assert chats > said[401] / 4


async def test_a_hash_of_other_parameters_is_made_anew_at_sign_in(simulator: Running, tmp_path: Path) -> None:
    def stored() -> str:
        with closing(sqlite3.connect(tmp_path / "ollamanet.db")) as database:
            return str(database.execute("select password_hash from users").fetchone()[0])

    with served(simulator.url, tmp_path) as running:
        async with client(running.url) as http:
            user = (await registered(http)).user
    assert "m=64,t=1," in stored()
    with served(simulator.url, tmp_path, OLLAMANET_ARGON2_TIME_COST="3") as running:
        async with client(running.url) as http:
            for _ in range(2):
                answer = await http.post("/api/v1/auth/login", json={"login": user["username"], "password": PASSWORD})
                assert answer.status_code == 200
    assert "m=64,t=3," in stored()
