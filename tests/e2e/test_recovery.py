"""Forgotten passwords with a real mail server, and a thousand wrong sign-ins."""

import asyncio
import sqlite3
import uuid
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.e2e.access_matrix import ACCESS, PLACES
from tests.e2e.api import PASSWORD, Caller, client, registered
from tests.e2e.conftest import served
from tests.e2e.mailbox import Mailbox, last_token, mailbox
from tests.e2e.processes import Running, run

pytestmark = pytest.mark.anyio

AUTH = "/api/v1/auth"
NOWHERE = "http://127.0.0.1:9"
NEW = "a new and longer phrase"
LOCK_S = "3"


@pytest.fixture(scope="module")
def box() -> Iterator[Mailbox]:
    with mailbox() as box:
        yield box


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("service")


@pytest.fixture(scope="module")
def service(box: Mailbox, data: Path) -> Iterator[Running]:
    variables = {
        "OLLAMANET_SMTP_URL": box.url,
        "OLLAMANET_MAIL_FROM": "ollamanet@example.org",
        "OLLAMANET_PUBLIC_URL": "https://chat.example.org",
        "OLLAMANET_SIGN_IN_LOCK_S": LOCK_S,
    }
    with served(NOWHERE, data, **variables) as running:
        yield running


async def login(caller: Caller, password: str, login: str = "") -> httpx.Response:
    body = {"login": login or caller.user["username"], "password": password}
    return await caller.http.post(f"{AUTH}/login", json=body)


async def post(caller: Caller, route: str, **body: str) -> httpx.Response:
    return await caller.http.post(f"{AUTH}/{route}", json=body)


async def mailed(caller: Caller, box: Mailbox, times: int = 1) -> str:
    """Ask for a token, and read it in the mail."""
    before = box.text.count("Subject: Reset your password")
    for number in range(1, times + 1):
        assert (await post(caller, "forgot-password", email=caller.user["email"])).status_code == 202
        text = await asyncio.to_thread(box.wait_for, "Reset your password", before + number)
    return last_token(text)


async def test_the_mail_brings_a_link_and_a_token_that_sets_the_password_once(caller: Caller, box: Mailbox) -> None:
    token = await mailed(caller, box)
    assert "within 30 minutes" in box.text
    assert f"https://chat.example.org/reset-password#token={token}" in box.text.replace("=\n", "").replace("=3D", "=")

    assert (await post(caller, "reset-password", token=token, password=NEW)).status_code == 204
    assert (await post(caller, "reset-password", token=token, password="a third long phrase")).status_code == 400
    assert (await login(caller, PASSWORD)).status_code == 401
    assert (await login(caller, NEW)).status_code == 200
    await asyncio.to_thread(box.wait_for, "Your password was changed")


async def test_a_new_password_that_others_try_first_is_refused_whichever_way_it_comes(
    caller: Caller, box: Mailbox
) -> None:
    token = await mailed(caller, box)
    for easy in ("iloveyou password", f"{caller.user['username']} ollama"):
        change = {"current_password": PASSWORD, "new_password": easy}
        refused = [
            await post(caller, "reset-password", token=token, password=easy),
            await caller.http.post(f"{AUTH}/change-password", json=change, headers=caller.headers),
        ]
        assert [(each.status_code, each.json()["detail"].partition(":")[0]) for each in refused] == [
            (400, "password"),
            (400, "new_password"),
        ]
    assert (await post(caller, "reset-password", token=token, password=NEW)).status_code == 204


async def test_invitations_and_resets_by_administrators_are_mailed(caller: Caller, box: Mailbox, data: Path) -> None:
    name = ("boss@example.com", "--username", "boss", "--role", "admin", "--password-stdin")
    made = await asyncio.to_thread(run, "users", "create", *name, given=PASSWORD, OLLAMANET_DATA_DIR=str(data))
    assert made.returncode == 0, made.stderr
    boss = Caller(caller.http, (await login(caller, PASSWORD, "boss")).json()["access_token"], {})

    invited = await boss.post("/api/v1/admin/invitations", {"email": "ivy@example.com"})
    assert (invited.status_code, invited.json()["mailed"]) == (201, True)
    text = await asyncio.to_thread(box.wait_for, "You are invited")
    assert invited.json()["token"] in text.replace("=\n", "")
    assert "To: ivy@example.com" in text

    before = box.text.count("Subject: Reset your password")
    reset = await boss.post(f"/api/v1/admin/users/{caller.user['id']}/reset-password", {"mail": True})
    assert (reset.status_code, reset.json()) == (200, {"mailed": True})
    assert (await login(caller, PASSWORD)).status_code == 401
    token = last_token(await asyncio.to_thread(box.wait_for, "Reset your password", before + 1))
    assert (await post(caller, "reset-password", token=token, password=NEW)).status_code == 204
    shown = await boss.http.post(f"/api/v1/admin/users/{caller.user['id']}/reset-password", headers=boss.headers)
    assert (await login(caller, shown.json()["password"])).status_code == 200


async def test_an_earlier_mail_is_worth_nothing(caller: Caller, box: Mailbox) -> None:
    first = await mailed(caller, box)
    second = await mailed(caller, box)
    assert (await post(caller, "reset-password", token=first, password=NEW)).status_code == 400
    assert (await post(caller, "reset-password", token=second, password=NEW)).status_code == 204


async def test_a_token_that_is_shown_many_times_at_once_works_once(caller: Caller, box: Mailbox) -> None:
    token = await mailed(caller, box)
    tried = [post(caller, "reset-password", token=token, password=f"{NEW} {number}") for number in range(10)]
    assert sorted(each.status_code for each in await asyncio.gather(*tried)) == [204, *[400] * 9]


async def test_an_address_that_nobody_has_gets_the_same_answer_and_no_mail(caller: Caller, box: Mailbox) -> None:
    known = await post(caller, "forgot-password", email=caller.user["email"])
    unknown = await post(caller, "forgot-password", email="nobody-at-all@example.org")
    assert (known.status_code, known.content) == (unknown.status_code, unknown.content)
    await mailed(caller, box)
    assert "nobody-at-all" not in box.text


async def test_a_changed_address_is_told_at_the_old_one_and_signs_in(caller: Caller, box: Mailbox) -> None:
    new = f"new-{caller.user['email']}"
    body = {"email": new, "current_password": PASSWORD}
    changed = await caller.http.patch(f"{AUTH}/me", json=body, headers=caller.headers)

    assert (changed.status_code, changed.json()["email"]) == (200, new)
    text = await asyncio.to_thread(box.wait_for, "Your email address was changed")
    assert f"To: {caller.user['email']}" in text
    assert (await login(caller, PASSWORD, new)).status_code == 200
    assert (await login(caller, PASSWORD, caller.user["email"])).status_code == 401


@pytest.mark.slow
async def test_a_thousand_wrong_sign_ins_lock_the_login_and_fill_nothing(
    caller: Caller, data: Path, box: Mailbox
) -> None:
    asked = asyncio.Semaphore(20)

    async def guess(number: int) -> httpx.Response:
        async with asked:
            return await login(caller, f"wrong password {number}")

    before = _rows(data)
    answers = await asyncio.gather(*(guess(number) for number in range(1000)))

    counted = Counter((each.status_code, each.json()["code"]) for each in answers)
    assert set(counted) == {(401, "unauthenticated"), (423, "account_locked")}
    assert counted[401, "unauthenticated"] <= 20
    refused = [each for each in answers if each.status_code == 423]
    assert all(1 <= int(each.headers["retry-after"]) <= 16 for each in refused)
    # The right password does not help now, and a token by mail does.
    assert (await login(caller, PASSWORD)).status_code == 423
    after = _rows(data)
    assert after["sign_in_failures"] - before["sign_in_failures"] <= 2
    assert after["audit_entries"] - before["audit_entries"] <= counted[401, "unauthenticated"] + 5

    token = await mailed(caller, box)
    assert (await post(caller, "reset-password", token=token, password=NEW)).status_code == 204
    assert (await login(caller, NEW)).status_code == 200


@pytest.mark.slow
async def test_a_lock_ends_by_itself(http: httpx.AsyncClient) -> None:
    stranger = Caller(http, "", {"username": "nobody-has-this", "email": "x"})
    owner = await registered(http)
    for caller, status in ((owner, 200), (stranger, 401)):
        await _until_locked(caller)
        locked = await login(caller, PASSWORD)
        assert locked.status_code == 423
        await asyncio.sleep(locked.json()["retry_after"])
        assert (await login(caller, PASSWORD)).status_code == status


async def _until_locked(caller: Caller) -> None:
    for _ in range(5):
        assert (await login(caller, "wrong")).status_code == 401


def _rows(data: Path) -> dict[str, int]:
    with sqlite3.connect(data / "ollamanet.db") as database:
        return {
            table: database.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            for table in ("sign_in_failures", "audit_entries")
        }


async def test_one_address_may_not_try_for_ever(tmp_path: Path) -> None:
    with served(NOWHERE, tmp_path, OLLAMANET_LOGIN_RPM="30") as running:
        async with client(running.url) as http:
            answers = [await _wrong(http, f"user-{number}") for number in range(40)]
    assert Counter(each.status_code for each in answers)[401] in {30, 31}
    assert answers[-1].json()["code"] == "rate_limited"
    assert answers[-1].json()["limits"] == {"sign_ins_per_minute": 30}
    assert int(answers[-1].headers["retry-after"]) >= 1


async def _wrong(http: httpx.AsyncClient, name: str) -> httpx.Response:
    made_up = {"X-Forwarded-For": f"203.0.113.{len(name) + int(name[5:])}"}
    return await http.post(f"{AUTH}/login", json={"login": name, "password": "wrong"}, headers=made_up)


async def test_every_route_of_sign_in_has_its_limit_and_the_document_says_so(tmp_path: Path) -> None:
    narrow = {f"OLLAMANET_{name}_RPM": "1" for name in ("LOGIN", "REGISTER", "RECOVERY", "AUTH")}
    with served(NOWHERE, tmp_path, **narrow) as running:
        async with client(running.url) as http:
            routes = [each.split(" ") for each in ACCESS if f" {AUTH}/" in each and each != f"GET {AUTH}/me"]
            places = {name: str(uuid.uuid4()) for name in PLACES}
            last = {
                (method, path): [await http.request(method, path.format_map(places)) for _ in range(3)][-1]
                for method, path in routes
            }
            paths = (await http.get("/schema")).json()["paths"]
    assert {each: answer.status_code for each, answer in last.items()} == dict.fromkeys(last, 429)
    assert all(int(answer.headers["retry-after"]) >= 1 for answer in last.values())
    assert [each for each in last if "429" not in paths[each[1]][each[0].lower()]["responses"]] == []
