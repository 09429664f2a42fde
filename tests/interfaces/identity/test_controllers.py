"""Registration, sign-in and one's own account, over HTTP."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from litestar import Litestar, Router
from litestar.di import Provide
from litestar.exceptions import HTTPException
from tests.fakes.identity.fixed_time import CountedIds, FixedClock
from tests.fakes.identity.memory_users import MemoryUsers
from tests.fakes.identity.people import PHRASE
from tests.fakes.identity.plain_hasher import PlainHasher

from ollamanet.application.identity.accounts import NewAccounts
from ollamanet.application.identity.commands.register_user import RegisterUserHandler
from ollamanet.application.identity.commands.sign_in import SignInHandler
from ollamanet.application.identity.queries.get_profile import GetProfileHandler
from ollamanet.domain.identity.user import RegistrationPolicy
from ollamanet.domain.kernel.errors import Refusal
from ollamanet.infrastructure.identity.jwt_access_tokens import JwtAccessTokens
from ollamanet.infrastructure.identity.signing_keys import SigningKeys
from ollamanet.infrastructure.identity.verified_tokens import VerifiedTokens
from ollamanet.interfaces.identity.controllers import AuthController, ProfileController
from ollamanet.interfaces.kernel.auth import authenticated, provide_actor
from ollamanet.interfaces.kernel.edge import Edge
from ollamanet.interfaces.kernel.problems import failed, refused, rejected
from ollamanet.interfaces.kernel.strict_request import StrictRequest

ADA = {"email": "Ada@example.org", "username": "Ada", "password": PHRASE}
LOGIN = {"login": "ada", "password": PHRASE}


@dataclass
class Service:
    http: httpx.AsyncClient
    clock: FixedClock
    users: MemoryUsers

    async def register(self, **changed: Any) -> httpx.Response:
        return await self.http.post("/api/v1/auth/register", json={**ADA, **changed})

    async def login(self, **changed: Any) -> httpx.Response:
        return await self.http.post("/api/v1/auth/login", json={**LOGIN, **changed})

    async def me(self, token: str, path: str = "/api/v1/auth/me") -> httpx.Response:
        return await self.http.get(path, headers={"Authorization": f"Bearer {token}"})


def app_of(users: MemoryUsers, clock: FixedClock, policy: RegistrationPolicy) -> Litestar:
    ids, hasher = CountedIds(), PlainHasher()
    tokens = JwtAccessTokens(SigningKeys.of(b"k" * 32), clock, ids, VerifiedTokens(clock))
    register = RegisterUserHandler(policy, NewAccounts(users, hasher, clock, ids), tokens)
    signed_in = Router(path="/", route_handlers=[ProfileController], guards=[authenticated(tokens)])
    return Litestar(
        [AuthController, signed_in],
        dependencies={
            "register_user": Provide(lambda: register, sync_to_thread=False),
            "sign_in": Provide(lambda: SignInHandler(users, hasher, tokens, clock), sync_to_thread=False),
            "get_profile": Provide(lambda: GetProfileHandler(users), sync_to_thread=False),
            "actor": Provide(provide_actor, sync_to_thread=False),
        },
        exception_handlers={Refusal: refused, HTTPException: rejected, Exception: failed},
        request_class=StrictRequest,
        logging_config=None,
    )


@pytest.fixture
async def service(request: pytest.FixtureRequest) -> AsyncIterator[Service]:
    """The routes over fakes; a parameter is the registration policy."""
    users, clock = MemoryUsers(), FixedClock()
    app = app_of(users, clock, getattr(request, "param", RegistrationPolicy.OPEN))
    edge = Edge(app, new_id=CountedIds().new, log=lambda *_: None, limits="v=1")
    transport = httpx.ASGITransport(edge)
    async with httpx.AsyncClient(transport=transport, base_url="http://test.invalid") as http:
        yield Service(http, clock, users)


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
@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"role": "Admin"}, "role"),
        ({"roles": ["Admin"]}, "roles"),
        ({"refresh_token": True}, "refresh_token"),
        ({"email": "ada"}, "email"),
        ({"email": 1}, "email"),
        ({"email": None}, "email"),
        ({"username": "a"}, "username"),
        ({"username": "a da"}, "username"),
        ({"password": "short"}, "password"),
        ({"password": "x" * 1025}, "password"),
        ({"password": ["x"] * 12}, "password"),
        ({"username": "ada\0"}, "username"),
        ({"password": PHRASE + "\0"}, "password"),
    ],
)
async def test_a_bad_field_of_registration_is_refused_by_name(
    service: Service, changed: dict[str, Any], field: str
) -> None:
    answer = await service.register(**changed)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
    assert answer.json()["detail"].startswith(f"{field}: ")
    assert PHRASE not in answer.text
    assert service.users.stored == {}


@pytest.mark.anyio
@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b'"ada"', b"\xff", b'{"login": "\\ud800", "password": "x"}']
)
@pytest.mark.parametrize("path", ["/api/v1/auth/register", "/api/v1/auth/login"])
async def test_what_is_no_body_is_refused(service: Service, path: str, body: bytes) -> None:
    answer = await service.http.post(path, content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"login": "ada"}, "password"),
        ({"password": "x"}, "login"),
        ({**LOGIN, "x": 1}, "x"),
        ({**LOGIN, "login": ""}, "login"),
    ],
)
async def test_a_bad_field_of_signing_in_is_refused_by_name(service: Service, body: dict[str, Any], field: str) -> None:
    answer = await service.http.post("/api/v1/auth/login", json=body)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
    assert answer.json()["detail"].startswith(f"{field}: ")


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
    document = json.loads(
        json.dumps(app_of(MemoryUsers(), FixedClock(), RegistrationPolicy.OPEN).openapi_schema.to_schema())
    )
    told = {
        (path, method): (operation["operationId"], set(operation["responses"]))
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    }
    assert told == {
        ("/api/v1/auth/register", "post"): ("register", {"201", "400", "403", "409", "413"}),
        ("/api/v1/auth/login", "post"): ("login", {"200", "400", "401", "403", "413"}),
        ("/api/v1/auth/me", "get"): ("getProfile", {"200", "401"}),
        ("/api/v1/me", "get"): ("getProfileShort", {"200", "401"}),
    }
    properties = document["components"]["schemas"]["RegisterBody"]["properties"]
    assert all(described["examples"] and described["description"] for described in properties.values())
