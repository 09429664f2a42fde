"""Registration, sign-in and one's own account, over HTTP."""

import pytest
from tests.fakes.identity.fixed_time import FixedClock
from tests.fakes.identity.memory_users import MemoryUsers
from tests.fakes.identity.people import PHRASE
from tests.interfaces.identity.identity_routes import Service, app_of

from ollamanet.domain.identity.user import RegistrationPolicy


@pytest.mark.anyio
async def test_registering_answers_with_the_account_and_a_token_that_works(service: Service) -> None:
    answer = await service.register()

    body = answer.json()
    token, user = body.pop("access_token"), body.pop("user")
    assert answer.status_code == 201
    assert body == {"token_type": "Bearer", "expires_in": 900}
    assert user.pop("id") == "00000000-0000-7000-8000-000000000001"
    assert user == {"email": "Ada@example.org", "username": "Ada", "roles": ["User"]}
    assert (await service.me(token)).status_code == 200


@pytest.mark.anyio
@pytest.mark.parametrize("login", ["ada", "ADA@EXAMPLE.ORG"])
async def test_signing_in_answers_like_registering(service: Service, login: str) -> None:
    registered = await service.register()
    answer = await service.login(login=login)

    assert answer.status_code == 200
    assert answer.json().keys() == registered.json().keys()
    assert answer.json()["user"] == registered.json()["user"]
    assert (await service.me(answer.json()["access_token"])).status_code == 200


@pytest.mark.anyio
@pytest.mark.parametrize("path", ["/api/v1/auth/me", "/api/v1/me"])
async def test_one_reads_ones_own_account_at_either_address(service: Service, path: str) -> None:
    await service.register()
    service.clock.advance(60)
    token = (await service.login()).json()["access_token"]

    assert (await service.me(token, path)).json() == {
        "id": "00000000-0000-7000-8000-000000000001",
        "email": "Ada@example.org",
        "username": "Ada",
        "roles": ["User"],
        "created_at": "2026-11-22T12:00:00Z",
        "last_sign_in_at": "2026-11-22T12:01:00Z",
    }


@pytest.mark.anyio
async def test_no_answer_holds_the_password_or_its_hash(service: Service) -> None:
    answers = [
        await service.register(),
        await service.register(),
        await service.login(),
        await service.login(login="x"),
    ]
    assert [answer.status_code for answer in answers] == [201, 409, 200, 401]
    assert not any(PHRASE in answer.text for answer in answers)


@pytest.mark.anyio
async def test_a_taken_name_is_a_conflict(service: Service) -> None:
    await service.register()
    answer = await service.register(username="other")
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    assert answer.json()["detail"] == "email: another account has this address"


@pytest.mark.anyio
async def test_a_wrong_password_and_an_unknown_login_get_the_same_answer(service: Service) -> None:
    await service.register()
    wrong = [await service.login(password="wrong password"), await service.login(login="nobody")]
    bodies = [{**answer.json(), "request_id": None} for answer in wrong]
    assert [answer.status_code for answer in wrong] == [401, 401]
    assert bodies[0] == bodies[1]
    assert bodies[0]["code"] == "unauthenticated"
    assert all("www-authenticate" in answer.headers for answer in wrong)


@pytest.mark.anyio
@pytest.mark.parametrize("service", [RegistrationPolicy.CLOSED, RegistrationPolicy.INVITE], indirect=True)
async def test_nobody_registers_where_registration_is_not_open(service: Service) -> None:
    answer = await service.register()
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert service.users.stored == {}


@pytest.mark.anyio
@pytest.mark.parametrize("path", ["/api/v1/auth/me", "/api/v1/me"])
async def test_nobody_is_nobody(service: Service, path: str) -> None:
    for headers in ({}, {"Authorization": "Bearer nonsense"}, {"Authorization": "Basic YTpi"}):
        answer = await service.http.get(path, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")


@pytest.mark.anyio
async def test_an_expired_token_is_told_so(service: Service) -> None:
    token = (await service.register()).json()["access_token"]
    service.clock.advance(900)
    answer = await service.me(token)
    assert (answer.status_code, answer.json()["code"]) == (401, "token_expired")


@pytest.mark.anyio
async def test_the_token_of_a_deleted_account_is_worth_nothing(service: Service) -> None:
    token = (await service.register()).json()["access_token"]
    service.users.stored.clear()
    answer = await service.me(token)
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")


def test_the_api_document_describes_the_routes() -> None:
    document = app_of(MemoryUsers(), FixedClock(), RegistrationPolicy.OPEN)[0].openapi_schema.to_schema()
    page, one = "/api/v1/admin/invitations", "/api/v1/admin/invitations/{invitation_id}"
    told = {
        (path, method): (operation["operationId"], set(operation["responses"]))
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    }
    assert told == {
        ("/api/v1/auth/register", "post"): ("register", {"201", "400", "403", "409", "413", "429", "503"}),
        ("/api/v1/auth/login", "post"): ("login", {"200", "400", "401", "403", "413", "423", "429", "503"}),
        ("/api/v1/auth/forgot-password", "post"): ("forgotPassword", {"202", "400", "413", "429"}),
        ("/api/v1/auth/reset-password", "post"): ("resetPassword", {"204", "400", "413", "429"}),
        ("/api/v1/auth/change-password", "post"): ("changePassword", {"204", "400", "401", "403", "413", "429"}),
        ("/api/v1/auth/me", "patch"): ("updateProfile", {"200", "400", "401", "403", "409", "413", "429"}),
        ("/api/v1/auth/refresh", "post"): ("refresh", {"200", "400", "401", "403", "413", "429"}),
        ("/api/v1/auth/logout", "post"): ("logout", {"204", "400", "401", "403", "413", "429"}),
        ("/api/v1/auth/sessions", "get"): ("listSessions", {"200", "400", "401", "403", "429"}),
        ("/api/v1/auth/sessions", "delete"): ("revokeOtherSessions", {"204", "401", "403", "429"}),
        ("/api/v1/auth/sessions/{session_id}", "delete"): ("revokeSession", {"204", "400", "401", "403", "404", "429"}),
        ("/api/v1/auth/setup", "post"): ("setUp", {"201", "400", "403", "409", "413", "429", "503"}),
        (page, "get"): ("listInvitations", {"200", "400", "401", "403"}),
        (page, "post"): ("createInvitation", {"201", "400", "401", "403", "413"}),
        (one, "delete"): ("revokeInvitation", {"204", "400", "401", "403", "404", "409"}),
        ("/api/v1/auth/me", "get"): ("getProfile", {"200", "401"}),
        ("/api/v1/me", "get"): ("getProfileShort", {"200", "401"}),
    }


@pytest.mark.anyio
async def test_the_examples_of_the_api_document_work_when_they_are_sent(service: Service) -> None:
    document = app_of(MemoryUsers(), FixedClock(), RegistrationPolicy.OPEN)[0].openapi_schema.to_schema()
    for path, status in (("/api/v1/auth/register", 201), ("/api/v1/auth/login", 200)):
        body = document["paths"][path]["post"]["requestBody"]["content"]["application/json"]["schema"]
        answer = await service.http.post(path, json=body["examples"][0])
        assert answer.status_code == status


def test_a_refresh_needs_no_body() -> None:
    app, _ = app_of(MemoryUsers(), FixedClock(), RegistrationPolicy.OPEN)
    paths = app.openapi_schema.to_schema()["paths"]
    for path in ("/api/v1/auth/refresh", "/api/v1/auth/logout"):
        assert not paths[path]["post"]["requestBody"].get("required")
