"""The whole service, a real provider and a browser: somebody signs in there, and works here."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.api import PASSWORD, client, registered
from tests.e2e.conftest import served
from tests.e2e.processes import Running, run
from tests.infrastructure.identity.openid.provider_process import CALLBACK, SECRETS, provider_process, visit

pytestmark = pytest.mark.anyio

LOGIN, BACK = "/api/v1/auth/oidc/login", "/api/v1/auth/oidc/callback"
BOSS = {"sub": "boss", "email": "boss@example.org", "email_verified": True, "preferred_username": "boss"}
STAFF = {"sub": "s1", "email": "staff@example.org", "email_verified": True, "preferred_username": "staff"}


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    with provider_process() as issuer:
        yield issuer


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("service")


@pytest.fixture(scope="module")
def gateway(simulator: Running, provider: str, data: Path) -> Iterator[Running]:
    variables = {
        "OLLAMANET_PUBLIC_URL": CALLBACK.removesuffix(BACK),
        "OLLAMANET_OIDC_ISSUER": provider,
        "OLLAMANET_OIDC_CLIENT_ID": "rsa",
        "OLLAMANET_OIDC_CLIENT_SECRET": SECRETS["rsa"] or "",
        "OLLAMANET_OIDC_ROLE_CLAIM": "groups",
        "OLLAMANET_OIDC_ROLE_MAP": "ops=Admin",
    }
    with served(simulator.url, data, **variables) as running:
        yield running


async def signed_in(browser: httpx.AsyncClient, account: dict[str, Any], **query: str) -> httpx.Response:
    """Sign in as a browser does; the answer to its coming back."""
    sent = await browser.get(LOGIN, params=query)
    assert sent.status_code == 303, sent.text
    return await browser.get(BACK, params=await visit(sent.headers["location"], account))


async def test_a_newcomer_signs_in_keeps_his_session_and_the_trail_tells_of_it(gateway: Running) -> None:
    async with client(gateway.url) as browser:
        came = await signed_in(browser, {**BOSS, "groups": ["ops"]}, return_to="/chat")
        assert (came.status_code, came.headers["location"]) == (303, "/chat")
        refreshed = await browser.post("/api/v1/auth/refresh", headers={"Sec-Fetch-Site": "same-origin"})
        assert refreshed.status_code == 200, refreshed.text
        assert refreshed.json()["user"]["roles"] == ["Admin"]
        token = {"Authorization": f"Bearer {refreshed.json()['access_token']}"}

        found = (await browser.get("/api/v1/admin/audit", headers=token, params={"actor": "boss"})).json()
        told = {entry["action"]: entry for entry in found["items"]}
        assert {"user.registered", "session.opened"} <= told.keys()
        assert (told["user.registered"]["address"], told["user.registered"]["after"]["subject"]) == (
            "127.0.0.1",
            "boss",
        )
        exported = await browser.get("/api/v1/admin/audit/export", headers=token)
        assert exported.text.count("\n") > found["total"]


async def test_a_code_brought_by_another_browser_signs_nobody_in(gateway: Running) -> None:
    async with client(gateway.url) as attacker, client(gateway.url) as victim:
        sent = await attacker.get(LOGIN)
        link = await visit(sent.headers["location"], STAFF)
        await victim.get(LOGIN)

        refused = await victim.get(BACK, params=link)
        assert (refused.status_code, refused.json()["code"]) == (401, "unauthenticated")
        assert [name for name in victim.cookies if "refresh" in name] == []
        assert (await attacker.get(BACK, params=link)).status_code == 200
        assert (await attacker.get(BACK, params=link)).status_code == 401


async def test_an_account_that_anybody_may_have_made_is_not_handed_over(gateway: Running, data: Path) -> None:
    async with client(gateway.url) as browser:
        body = {"email": "owner@example.org", "username": "squatter", "password": PASSWORD}
        assert (await browser.post("/api/v1/auth/register", json=body)).status_code == 201
        account = {"sub": "o1", "email": "owner@example.org", "email_verified": True}

        for claims in (account, {**account, "email_verified": False}):
            refused = await signed_in(browser, claims)
            assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")

    listed = run("audit", "list", "--action", "session.refused", OLLAMANET_DATA_DIR=str(data)).stdout
    assert listed.count("session.refused by somebody not signed in, as owner@example.org from 127.0.0.1") == 2
    verified = run("audit", "verify", OLLAMANET_DATA_DIR=str(data))
    assert (verified.returncode, verified.stderr) == (0, "")


async def test_an_account_of_a_verified_address_is_linked_and_its_roles_follow(gateway: Running, data: Path) -> None:
    async with client(gateway.url) as http:
        # The last administrator would stay one.
        assert (await signed_in(http, {**BOSS, "groups": ["ops"]})).status_code in {200, 303}
        mine = (await registered(http)).user
    with closing(sqlite3.connect(data / "ollamanet.db")) as database, database:
        database.execute("UPDATE users SET email_verified_at = created_at WHERE username = ?", [mine["username"]])
    account = {"sub": "linked", "email": mine["email"].upper(), "email_verified": True}

    found = []
    for groups in ([], ["ops"], []):
        async with client(gateway.url) as browser:
            found.append((await signed_in(browser, {**account, "groups": groups})).json()["user"])

    assert [each["id"] for each in found] == [mine["id"]] * 3
    assert [each["roles"] for each in found] == [["User"], ["Admin", "User"], ["User"]]
    listed = run("audit", "list", "--target", f"user:{mine['id']}", "--json", OLLAMANET_DATA_DIR=str(data)).stdout
    assert [listed.count(f'"{each}"') for each in ("identity.linked", "user.roles_changed")] == [1, 2]


async def test_with_the_provider_down_a_password_still_opens_the_door(simulator: Running, tmp_path: Path) -> None:
    variables = {
        "OLLAMANET_PUBLIC_URL": "https://chat.example",
        "OLLAMANET_OIDC_ISSUER": "http://127.0.0.1:1",
        "OLLAMANET_OIDC_CLIENT_ID": "x",
    }
    with served(simulator.url, tmp_path, **variables) as running:
        async with client(running.url) as browser:
            down = await browser.get(LOGIN)
            assert (down.status_code, down.json()["code"]) == (503, "identity_provider_unavailable")
            body = {"email": "ada@example.org", "username": "ada", "password": PASSWORD}
            assert (await browser.post("/api/v1/auth/register", json=body)).status_code == 201
            login = await browser.post("/api/v1/auth/login", json={"login": "ada", "password": PASSWORD})
            assert login.status_code == 200
