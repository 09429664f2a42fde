"""Refreshing, signing out and one's sessions, over HTTP."""

import pytest
from tests.interfaces.identity.identity_routes import Service
from tests.interfaces.identity.session_calls import LOGOUT, REFRESH, SESSIONS, bearing, cookie_of, program

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
async def _ada(service: Service) -> None:
    await service.register()
    service.http.cookies.clear()


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
        (b"null", "body"),
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
