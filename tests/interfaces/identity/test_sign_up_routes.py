"""Invitations and the set-up of the first administrator, over HTTP."""

import uuid
from typing import Any

import httpx
import pytest
from tests.fakes.identity.people import PHRASE
from tests.interfaces.identity.identity_routes import SETUP_TOKEN, Service

from ollamanet.domain.identity.user import RegistrationPolicy

INVITATIONS = "/api/v1/admin/invitations"
BOSS = {"token": SETUP_TOKEN.text, "email": "boss@example.org", "username": "admin", "password": PHRASE}
BY_INVITATION = pytest.mark.parametrize("service", [RegistrationPolicy.INVITE], indirect=True)

pytestmark = pytest.mark.anyio


async def set_up(service: Service, **changed: Any) -> httpx.Response:
    return await service.http.post("/api/v1/auth/setup", json={**BOSS, **changed})


async def as_boss(service: Service) -> dict[str, str]:
    return {"Authorization": f"Bearer {(await set_up(service)).json()['access_token']}"}


@pytest.mark.parametrize("service", list(RegistrationPolicy), indirect=True)
async def test_the_first_administrator_is_made_whatever_the_policy_and_only_once(service: Service) -> None:
    answer = await set_up(service)
    assert (answer.status_code, answer.json()["user"]["roles"]) == (201, ["Admin"])
    assert (await service.me(answer.json()["access_token"])).json()["username"] == "admin"

    again = await set_up(service, email="other@example.org", username="other")
    assert (again.status_code, again.json()["code"]) == (403, "forbidden")
    assert len(service.users.stored) == 1


async def test_wrong_tokens_are_refused_and_then_not_even_looked_at(service: Service) -> None:
    answers = [await set_up(service, token="wrong") for _ in range(11)]
    assert [answer.status_code for answer in answers] == [403] * 10 + [429]
    assert answers[-1].json()["code"] == "rate_limited"
    assert int(answers[-1].headers["retry-after"]) in range(1, 61)
    assert (await set_up(service)).status_code == 429
    assert service.users.stored == {}
    assert not any(SETUP_TOKEN.text in answer.text for answer in answers)


@pytest.mark.parametrize(
    ("changed", "field"),
    [({"role": "Admin"}, "role"), ({"token": ""}, "token"), ({"token": 1}, "token"),
     ({"password": "short"}, "password"), ({"password": "dragon123456"}, "password"), ({"username": "a b"},
     "username"), ({"email": "x"}, "email")],
)  # fmt: skip
async def test_a_bad_field_of_the_set_up_is_refused_by_name(
    service: Service, changed: dict[str, Any], field: str
) -> None:
    answer = await set_up(service, **changed)
    assert (answer.status_code, answer.json()["detail"].split(":")[0]) == (400, field)
    assert service.users.stored == {}


@BY_INVITATION
async def test_an_invitation_lets_one_in_and_shows_its_token_once(service: Service) -> None:
    boss = await as_boss(service)
    created = await service.http.post(
        INVITATIONS, headers=boss, json={"email": "ada@example.org", "roles": ["Admin"], "expires_in_days": 2}
    )
    assert created.status_code == 201
    invited = created.json()
    token = invited.pop("token")
    assert invited.pop("mailed") is False
    assert invited["expires_at"] == "2026-11-24T12:00:00Z"

    assert (await service.register()).status_code == 403
    answer = await service.register(invitation=token)
    assert (answer.status_code, answer.json()["user"]["roles"]) == (201, ["Admin"])
    assert (await service.register(username="other", invitation=token)).status_code == 403

    listed = (await service.http.get(INVITATIONS, headers=boss)).json()
    (item,) = listed["items"]
    used = {"state": "used", "used_by": answer.json()["user"]["id"], "used_at": "2026-11-22T12:00:00Z"}
    assert item == invited | used
    assert token not in str(listed)
    gone = await service.http.delete(f"{INVITATIONS}/{item['id']}", headers=boss)
    assert (gone.status_code, gone.json()["code"]) == (409, "conflict")


@BY_INVITATION
async def test_an_invitation_can_be_taken_back(service: Service) -> None:
    boss = await as_boss(service)
    invited = (await service.http.post(INVITATIONS, headers=boss, json={})).json()
    assert (invited["email"], invited["roles"], invited["expires_at"]) == (None, ["User"], "2026-11-29T12:00:00Z")

    for _ in range(2):
        assert (await service.http.delete(f"{INVITATIONS}/{invited['id']}", headers=boss)).status_code == 204

    assert (await service.register(invitation=invited["token"])).status_code == 403
    assert (await service.http.delete(f"{INVITATIONS}/{uuid.uuid4()}", headers=boss)).status_code == 404
    assert (await service.http.delete(f"{INVITATIONS}/none", headers=boss)).status_code == 404


@BY_INVITATION
@pytest.mark.parametrize(
    ("body", "field"),
    [({"roles": ["King"]}, "roles"), ({"roles": []}, "roles"), ({"expires_in_days": 0}, "expires_in_days"),
     ({"expires_in_days": 1.5}, "expires_in_days"), ({"email": "ada"}, "email"), ({"token": "mine"}, "token"),
     ({"created_by": None}, "created_by")],
)  # fmt: skip
async def test_a_bad_field_of_an_invitation_is_refused_by_name(
    service: Service, body: dict[str, Any], field: str
) -> None:
    answer = await service.http.post(INVITATIONS, headers=await as_boss(service), json=body)
    assert (answer.status_code, answer.json()["detail"].split(":")[0]) == (400, field)


async def test_only_administrators_see_and_make_invitations(service: Service) -> None:
    token = (await service.register()).json()["access_token"]
    for headers, status in (({}, 401), ({"Authorization": f"Bearer {token}"}, 403)):
        answers = [
            await service.http.get(INVITATIONS, headers=headers),
            await service.http.post(INVITATIONS, headers=headers, json={}),
            await service.http.delete(f"{INVITATIONS}/{uuid.uuid4()}", headers=headers),
        ]
        assert [answer.status_code for answer in answers] == [status] * 3
