"""Refreshing, signing out and one's sessions, over HTTP."""

from http.cookies import Morsel, SimpleCookie
from typing import Any

import httpx
import pytest
from tests.interfaces.identity.identity_routes import Service

pytestmark = pytest.mark.anyio
REFRESH, LOGOUT, SESSIONS = "/api/v1/auth/refresh", "/api/v1/auth/logout", "/api/v1/auth/sessions"
OURS = {"Origin": "http://test.invalid"}


def cookie_of(answer: httpx.Response) -> Morsel[str]:
    (header,) = answer.headers.get_list("set-cookie")
    (morsel,) = SimpleCookie(header).values()
    return morsel


async def program(service: Service) -> dict[str, Any]:
    """Signed in with the refresh token in the body; no cookie is kept."""
    answer = (await service.login(refresh_token=True)).json()
    service.http.cookies.clear()
    return answer


def bearing(answer: dict[str, Any]) -> dict[str, str]:
    return {"Authorization": f"Bearer {answer['access_token']}"}


@pytest.fixture(autouse=True)
async def _ada(service: Service) -> None:
    await service.register()
    service.http.cookies.clear()


async def test_a_browser_gets_its_refresh_token_where_no_script_reads_it(service: Service) -> None:
    answer = await service.login()

    cookie = cookie_of(answer)
    assert (cookie.key, cookie["path"], cookie["max-age"]) == ("ollamanet_refresh", "/api/v1/auth", "2592000")
    assert cookie["httponly"]
    assert cookie["samesite"] == "strict"
    assert not cookie["secure"]
    assert cookie.value not in answer.text
    assert "refresh_token" not in answer.json()


async def test_over_https_the_cookie_stays_there(service: Service) -> None:
    service.http.base_url = httpx.URL("https://test.invalid")
    assert cookie_of(await service.login())["secure"]


async def test_a_browser_refreshes_by_its_cookie(service: Service) -> None:
    first = cookie_of(await service.login())

    answer = await service.http.post(REFRESH, headers=OURS)

    assert answer.status_code == 200
    assert answer.json().keys() == {"access_token", "token_type", "expires_in", "user"}
    assert cookie_of(answer).value != first.value
    assert (await service.me(answer.json()["access_token"])).status_code == 200
    assert (await service.http.post(REFRESH, headers=OURS)).status_code == 200


async def test_a_program_refreshes_by_its_body(service: Service) -> None:
    signed_in = await program(service)

    answer = await service.http.post(REFRESH, json={"refresh_token": signed_in["refresh_token"]})

    assert answer.status_code == 200
    assert answer.json()["refresh_token"] not in ("", signed_in["refresh_token"])
    assert answer.json()["user"] == signed_in["user"]
    assert (await service.me(answer.json()["access_token"])).status_code == 200


async def test_a_token_that_comes_back_is_told_apart_and_ends_the_session(service: Service) -> None:
    signed_in = await program(service)
    body = {"refresh_token": signed_in["refresh_token"]}
    newest = (await service.http.post(REFRESH, json=body)).json()
    service.clock.advance(5)

    answer = await service.http.post(REFRESH, json=body)

    assert (answer.status_code, answer.json()["code"]) == (401, "token_reused")
    assert answer.headers["www-authenticate"] == 'Bearer realm="ollamanet", error="token_reused"'
    again = await service.http.post(REFRESH, json={"refresh_token": newest["refresh_token"]})
    assert (again.status_code, again.json()["code"]) == (401, "unauthenticated")
    assert (await service.me(newest["access_token"])).status_code == 401


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "http://test.invalid"}, 200),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "https://chat.example.org"}, 200),
        ({}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": ""}, 403),
        ({"Origin": "https://evil.invalid"}, 403),
        ({"Origin": "https://evil.test.invalid"}, 403),
        ({"Origin": "https://test.invalid.evil"}, 403),
        ({"Origin": "http://test.invalid:8001"}, 403),
        ({"Origin": "http://"}, 403),
        ({"Origin": "http://[", "Sec-Fetch-Site": "none"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site", "Origin": "https://evil.invalid"}, 403),
    ],
)
@pytest.mark.parametrize("path", [REFRESH, LOGOUT])
async def test_only_pages_of_ours_act_on_the_cookie(
    service: Service, path: str, headers: dict[str, str], status: int
) -> None:
    await service.login()

    answer = await service.http.post(path, headers=headers)

    assert answer.status_code == (204 if path == LOGOUT and status == 200 else status)
    if status == 403:
        assert answer.json()["code"] == "forbidden"
        assert "set-cookie" not in answer.headers
        assert (await service.http.post(REFRESH, headers=OURS)).status_code == 200


@pytest.mark.parametrize("headers", [{"Origin": "https://evil.invalid"}, {"Sec-Fetch-Site": "cross-site"}])
async def test_a_form_of_another_site_signs_nobody_in_as_its_author(service: Service, headers: dict[str, str]) -> None:
    body = b'{"login": "ada", "password": "correct horse battery staple"}'
    answer = await service.http.post(
        "/api/v1/auth/login", content=body, headers={"Content-Type": "text/plain", **headers}
    )
    assert "set-cookie" not in answer.headers


async def test_a_session_that_was_planted_is_not_the_one_that_is_signed_in_to(service: Service) -> None:
    planted = cookie_of(await service.login()).value

    answer = await service.login()

    assert cookie_of(answer).value != planted
    service.http.cookies.clear()
    mine = (await service.http.get(SESSIONS, headers=bearing(answer.json()))).json()["items"]
    assert len(mine) == 3
    assert len({each["id"] for each in mine}) == 3
    assert [each["current"] for each in mine].count(True) == 1


async def test_signing_out_by_access_token_ends_both_tokens_and_the_cookie(service: Service) -> None:
    signed_in = await program(service)

    answer = await service.http.post(LOGOUT, headers=bearing(signed_in))

    cookie = cookie_of(answer)
    assert (answer.status_code, answer.content) == (204, b"")
    assert (cookie.value, cookie["max-age"], cookie["path"]) == ("", "0", "/api/v1/auth")
    replayed = await service.http.post(REFRESH, json={"refresh_token": signed_in["refresh_token"]})
    assert (replayed.status_code, replayed.json()["code"]) == (401, "unauthenticated")
    assert (await service.me(signed_in["access_token"])).status_code == 401


async def test_signing_out_by_refresh_token_needs_no_access_token(service: Service) -> None:
    signed_in = await program(service)
    body = {"refresh_token": signed_in["refresh_token"]}
    assert (await service.http.post(LOGOUT, json=body)).status_code == 204
    assert (await service.http.post(LOGOUT, json=body)).status_code == 204
    assert (await service.me(signed_in["access_token"])).status_code == 401


async def test_a_browser_whose_access_token_has_expired_signs_out_by_its_cookie(service: Service) -> None:
    signed_in = (await service.login()).json()
    service.clock.advance(900)

    answer = await service.http.post(LOGOUT, headers={**bearing(signed_in), **OURS})

    assert answer.status_code == 204
    assert "ollamanet_refresh" not in service.http.cookies
    assert len([each for each in service.users.trail if each.action == "session.revoked"]) == 1


async def test_who_shows_nothing_neither_refreshes_nor_signs_out(service: Service) -> None:
    for path in (REFRESH, LOGOUT):
        answer = await service.http.post(path)
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"{}", "refresh_token"),
        (b'{"refresh_token": 1}', "refresh_token"),
        (b'{"refresh_token": ""}', "refresh_token"),
        (b'{"refresh_token": "x", "role": "Admin"}', "role"),
        (b'{"refresh_token": "' + b"x" * 257 + b'"}', "refresh_token"),
        (b"[]", "body"),
        (b"{", "body"),
        (b'{"refresh_token": "a\\u0000b"}', "refresh_token"),
    ],
)
@pytest.mark.parametrize("path", [REFRESH, LOGOUT])
async def test_a_bad_body_is_refused_by_the_name_of_its_field(
    service: Service, path: str, body: bytes, field: str
) -> None:
    answer = await service.http.post(path, content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
    assert answer.json()["detail"].startswith(f"{field}: ")


@pytest.mark.parametrize("cookie", ["nonsense", "x" * 43, "x" * 8000, "=;=", '"', "%00"])
async def test_a_cookie_that_is_none_of_ours_is_nobody(service: Service, cookie: str) -> None:
    headers = {"Cookie": f"ollamanet_refresh={cookie}", **OURS}
    assert (await service.http.post(REFRESH, headers=headers)).status_code == 401


async def test_one_sees_where_one_is_signed_in(service: Service) -> None:
    service.clock.advance(60)
    phone = (await service.login()).json()
    service.http.headers["User-Agent"] = "a laptop"
    laptop = (await service.login()).json()

    page = (await service.http.get(SESSIONS, headers=bearing(laptop), params={"page_size": 2})).json()

    newest = next(each for each in page["items"] if each["current"])
    assert (page["total"], page["page"], page["page_size"]) == (3, 1, 2)
    assert newest.pop("id")
    assert newest == {
        "created_at": "2026-11-22T12:01:00Z",
        "last_used_at": "2026-11-22T12:01:00Z",
        "expires_at": "2026-12-22T12:01:00Z",
        "address": "127.0.0.1",
        "device": "a laptop",
        "current": True,
    }
    assert (await service.me(phone["access_token"])).status_code == 200


async def test_one_signs_out_elsewhere_at_once(service: Service) -> None:
    lost, here = await program(service), await program(service)
    assert (await service.me(lost["access_token"])).status_code == 200
    items = (await service.http.get(SESSIONS, headers=bearing(lost))).json()["items"]
    path = f"{SESSIONS}/{next(each['id'] for each in items if each['current'])}"

    assert (await service.http.delete(path, headers=bearing(here))).status_code == 204
    assert (await service.me(lost["access_token"])).status_code == 401
    again = await service.http.delete(path, headers=bearing(here))
    assert (again.status_code, again.json()["code"]) == (404, "not_found")


async def test_somebody_elses_session_does_not_exist(service: Service) -> None:
    ada = await program(service)
    await service.register(email="bob@example.org", username="bob")
    service.http.cookies.clear()
    bob = (await service.login(login="bob")).json()
    (session,) = {each["id"] for each in (await service.http.get(SESSIONS, headers=bearing(ada))).json()["items"][:1]}

    answer = await service.http.delete(f"{SESSIONS}/{session}", headers=bearing(bob))

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert (await service.me(ada["access_token"])).status_code == 200


async def test_one_signs_out_everywhere_else(service: Service) -> None:
    elsewhere, here = await program(service), await program(service)
    assert (await service.http.delete(SESSIONS, headers=bearing(here))).status_code == 204
    assert (await service.me(elsewhere["access_token"])).status_code == 401
    assert (await service.me(here["access_token"])).status_code == 200
    assert (await service.http.get(SESSIONS, headers=bearing(here))).json()["total"] == 1
