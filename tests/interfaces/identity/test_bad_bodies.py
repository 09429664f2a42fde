"""What is wrong with a body is said by name, and nothing of it is stored."""

from typing import Any

import pytest
from tests.fakes.identity.people import PHRASE
from tests.interfaces.identity.identity_routes import LOGIN, Service


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"role": "Admin"}, "role"),
        ({"roles": ["Admin"]}, "roles"),
        ({"status": "active"}, "status"),
        ({"id": "00000000-0000-7000-8000-000000000001"}, "id"),
        ({"limits": {}}, "limits"),
        ({"email_verified_at": "2026-11-22T12:00:00Z"}, "email_verified_at"),
        ({"invitation": ""}, "invitation"),
        ({"invitation": "x" * 201}, "invitation"),
        ({"username": "\u0430dmin"}, "username"),
        ({"username": "r00t"}, "username"),
        ({"email": "ada\u3164@example.org"}, "email"),
        ({"password": "dragon-1234567"}, "password"),
        ({"password": "Ada.Ada.2024!"}, "password"),
        ({"refresh_token": "yes"}, "refresh_token"),
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
