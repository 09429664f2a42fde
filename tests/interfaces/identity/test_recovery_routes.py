"""Forgotten and changed passwords, and changes of the own account, over HTTP."""

from typing import Any

import httpx
import pytest
from tests.fakes.identity.people import PHRASE
from tests.interfaces.identity.identity_routes import Service

AUTH = "/api/v1/auth"
NEW = "a new and longer phrase"


async def post(service: Service, route: str, body: Any, token: str = "") -> httpx.Response:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return await service.http.post(f"{AUTH}/{route}", json=body, headers=headers)


async def token_of(service: Service) -> str:
    token: str = (await service.register()).json()["access_token"]
    return token


@pytest.mark.anyio
async def test_a_known_and_an_unknown_address_get_the_same_answer(service: Service) -> None:
    await service.register()
    answers = [
        await post(service, "forgot-password", {"email": email}) for email in ("ada@example.org", "x@example.org")
    ]
    assert [answer.status_code for answer in answers] == [202, 202]
    assert answers[0].content == answers[1].content
    kept = [{name: value for name, value in answer.headers.items() if name not in {"x-request-id", "server-timing"}}
            for answer in answers]  # fmt: skip
    assert kept[0] == kept[1]


@pytest.mark.anyio
async def test_the_mailed_token_sets_the_password_and_the_session_has_to_be_looked_at_anew(service: Service) -> None:
    await service.register()
    await post(service, "forgot-password", {"email": "ADA@example.org"})
    await service.mailing.work.do_all()
    assert "secret-1" in service.mailing.sender.letters[0].text

    done = [await post(service, "reset-password", {"token": "secret-1", "password": NEW}) for _ in range(2)]

    assert [each.status_code for each in done] == [204, 400]
    assert (done[0].content, done[1].json()["code"]) == (b"", "invalid_request")
    assert [(await service.login(password=each)).status_code for each in (PHRASE, NEW)] == [401, 200]


@pytest.mark.anyio
async def test_who_is_signed_in_changes_his_password_with_the_old_one(service: Service) -> None:
    token = await token_of(service)
    wrong = await post(service, "change-password", {"current_password": "wrong", "new_password": NEW}, token)
    right = await post(service, "change-password", {"current_password": PHRASE, "new_password": NEW}, token)
    nobody = await post(service, "change-password", {"current_password": NEW, "new_password": PHRASE})

    assert (wrong.status_code, wrong.json()["code"]) == (403, "forbidden")
    assert (right.status_code, nobody.status_code) == (204, 401)
    assert (await service.login(password=NEW)).status_code == 200


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("route", "body", "field"),
    [
        ("forgot-password", {"email": "nothing"}, "email"),
        ("forgot-password", {"email": "a@b\r\nBcc: x@example.org"}, "email"),
        ("forgot-password", {"email": "ada@example.org", "url": "https://evil.example"}, "url"),
        ("forgot-password", {}, "email"),
        ("reset-password", {"token": "x" * 300, "password": NEW}, "token"),
        ("reset-password", {"token": "", "password": NEW}, "token"),
        ("reset-password", {"token": "x", "password": NEW}, "token"),
        ("reset-password", {"token": "x", "password": "short"}, "password"),
        ("reset-password", {"token": "x", "password": "x" * 1025}, "password"),
        ("change-password", {"current_password": PHRASE, "new_password": "short"}, "new_password"),
        ("change-password", {"current_password": "", "new_password": NEW}, "current_password"),
        ("change-password", {"new_password": NEW}, "current_password"),
        ("change-password", {"current_password": PHRASE, "new_password": NEW, "role": "Admin"}, "role"),
    ],
)
async def test_a_bad_field_is_refused_by_name(service: Service, route: str, body: Any, field: str) -> None:
    answer = await post(service, route, body, await token_of(service))
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
    assert answer.json()["detail"].startswith(f"{field}: ")
    assert service.mailing.work.waiting == []


@pytest.mark.anyio
async def test_one_changes_the_own_names_and_nothing_else_of_the_account(service: Service) -> None:
    headers = {"Authorization": f"Bearer {await token_of(service)}"}

    async def patch(body: Any) -> httpx.Response:
        return await service.http.patch(f"{AUTH}/me", json=body, headers=headers)

    for field, value in {
        "role": "Admin", "roles": ["Admin"], "status": "active", "limits": {}, "id": "x", "password": NEW,
        "password_hash": "x", "email_verified_at": None,
    }.items():  # fmt: skip
        refused = await patch({"username": "countess", field: value})
        assert (refused.status_code, refused.json()["detail"]) == (400, f"{field}: unknown field")
    for body, field in (({"email": None}, "email"), ({"username": "a"}, "username"), ({"email": "x@y.zz"}, "current")):
        refused = await patch(body)
        assert (refused.status_code, refused.json()["detail"][: len(field)]) == (400, field)
    named = await patch({"username": "Countess"})
    moved = await patch({"email": "countess@example.org", "current_password": PHRASE})

    assert (named.status_code, named.json()["username"], named.json()["roles"]) == (200, "Countess", ["User"])
    assert (moved.status_code, moved.json()["email"]) == (200, "countess@example.org")
    assert (await patch({})).json() == moved.json()
    (stored,) = service.users.stored.values()
    assert stored.user.roles == {"User"}
    assert (await service.http.patch(f"{AUTH}/me", json={})).status_code == 401
