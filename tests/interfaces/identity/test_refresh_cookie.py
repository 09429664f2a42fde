"""The cookie of browsers: what it is, and who may have it acted on."""

import httpx
import pytest
from tests.fakes.identity.fixed_time import CountedIds, FixedClock
from tests.fakes.identity.memory_users import MemoryUsers
from tests.fakes.kernel.fixed_limits import FixedLimits
from tests.interfaces.identity.identity_routes import ADA, Service, app_of
from tests.interfaces.identity.session_calls import LOGOUT, OURS, REFRESH, SESSIONS, bearing, cookie_of

from ollamanet.domain.identity.user import RegistrationPolicy
from ollamanet.interfaces.identity.refresh_cookie import RefreshCookies
from ollamanet.interfaces.kernel.edge import Edge

pytestmark = pytest.mark.anyio


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


async def test_a_browser_whose_access_token_has_expired_signs_out_by_its_cookie(service: Service) -> None:
    signed_in = (await service.login()).json()
    service.clock.advance(900)

    answer = await service.http.post(LOGOUT, headers={**bearing(signed_in), **OURS})

    assert answer.status_code == 204
    assert "ollamanet_refresh" not in service.http.cookies
    assert len([each for each in service.users.trail if each.action == "session.revoked"]) == 1


@pytest.mark.parametrize("cookie", ["nonsense", "x" * 43, "x" * 8000, "=;=", '"', "%00"])
async def test_a_cookie_that_is_none_of_ours_is_nobody(service: Service, cookie: str) -> None:
    headers = {"Cookie": f"ollamanet_refresh={cookie}", **OURS}
    assert (await service.http.post(REFRESH, headers=headers)).status_code == 401


async def test_in_production_it_is_for_https_only_and_named_origins_may_have_it_acted_on() -> None:
    cookies = RefreshCookies(secure=True, origins=("https://chat.example.org",))
    app, _ = app_of(MemoryUsers(), FixedClock(), RegistrationPolicy.OPEN, cookies=cookies)
    edge = Edge(app, new_id=CountedIds().new, log=lambda *_: None, limits=FixedLimits("v=1"))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(edge), base_url="http://test.invalid") as http:
        cookie = cookie_of(await http.post("/api/v1/auth/register", json=ADA))
        assert cookie["secure"]
        for origin, status in (("https://other.example.org", 403), ("https://chat.example.org", 200)):
            headers = {"Cookie": f"{cookie.key}={cookie.value}", "Origin": origin, "Sec-Fetch-Site": "same-site"}
            assert (await http.post(REFRESH, headers=headers)).status_code == status
