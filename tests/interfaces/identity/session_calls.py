"""What tests of sessions over HTTP have in common."""

from http.cookies import Morsel, SimpleCookie
from typing import Any

import httpx
from tests.interfaces.identity.identity_routes import Service

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
