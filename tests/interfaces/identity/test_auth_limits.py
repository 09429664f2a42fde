"""Each address may use the routes of sign-in so often, wherever it says that it comes from."""

from collections.abc import AsyncIterator

import pytest
from tests.fakes.identity.people import PHRASE
from tests.interfaces.identity.identity_routes import Mailing, Service, serving

from ollamanet.application.identity.address_rates import LOGIN, OTHER, RECOVERY, REGISTER
from ollamanet.domain.identity.user import RegistrationPolicy

AUTH = "/api/v1/auth"


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    numbers = {LOGIN: 3, REGISTER: 2, RECOVERY: 4, OTHER: 5}
    async with serving(RegistrationPolicy.OPEN, Mailing(numbers=numbers)) as service:
        yield service


async def statuses(service: Service, method: str, path: str, times: int, **headers: str) -> list[int]:
    asked = [await service.http.request(method, f"{AUTH}/{path}", json={}, headers=headers) for _ in range(times)]
    return [answer.status_code for answer in asked]


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("method", "route", "allowed"),
    [
        ("POST", "login", 3),
        ("POST", "register", 2),
        ("POST", "forgot-password", 4),
        ("POST", "reset-password", 4),
        ("POST", "change-password", 5),
        ("PATCH", "me", 5),
    ],
)
async def test_every_route_has_its_limit(service: Service, method: str, route: str, allowed: int) -> None:
    found = await statuses(service, method, route, allowed + 2)
    assert 429 not in found[:allowed]
    assert found[allowed:] == [429, 429]


@pytest.mark.anyio
async def test_the_refusal_says_when_to_come_back_and_tells_the_truth(service: Service) -> None:
    await service.register()
    for _ in range(3):
        assert (await service.login()).status_code == 200
    refused = await service.login()

    problem = refused.json()
    assert (problem["code"], problem["limits"]) == ("rate_limited", {"sign_ins_per_minute": 3})
    assert (problem["retry_after"], refused.headers["retry-after"]) == (20.0, "20")
    service.clock.advance(19.9)
    assert (await service.login()).status_code == 429
    service.clock.advance(0.1)
    assert (await service.login()).status_code == 200


@pytest.mark.anyio
async def test_it_is_refused_before_the_body_is_looked_at(service: Service) -> None:
    await statuses(service, "POST", "login", 3)
    answer = await service.http.post(f"{AUTH}/login", content=b"no json")
    assert answer.status_code == 429


@pytest.mark.anyio
async def test_other_spellings_of_a_path_are_the_same_route(service: Service) -> None:
    found = []
    for path in ("login", "login/", "/login", "login", "login/"):
        found += await statuses(service, "POST", path, 1)
    assert found.count(400) <= 3
    assert 500 not in found
    assert found[-1] == 429


@pytest.mark.anyio
async def test_the_own_account_is_read_as_often_as_one_likes(service: Service) -> None:
    token = (await service.register()).json()["access_token"]
    assert {(await service.me(token)).status_code for _ in range(20)} == {200}


# The test client comes from 127.0.0.1, which the application takes for a proxy of its own.
@pytest.mark.anyio
async def test_behind_a_trusted_proxy_every_client_has_his_own_limit(service: Service) -> None:
    for client in ("198.51.100.1", "198.51.100.2", "[2001:db8::1]:80"):
        found = await statuses(service, "POST", "login", 4, **{"X-Forwarded-For": client})
        assert found == [400, 400, 400, 429]


@pytest.mark.anyio
async def test_what_a_client_writes_into_the_header_gives_him_no_other_limit(service: Service) -> None:
    found = []
    for made_up in range(4):
        found += await statuses(service, "POST", "login", 1, **{"X-Forwarded-For": f"6.6.6.{made_up}, 198.51.100.1"})
    assert found == [400, 400, 400, 429]


@pytest.mark.anyio
async def test_all_addresses_of_one_house_share_a_limit(service: Service) -> None:
    found = []
    for number in range(4):
        found += await statuses(service, "POST", "login", 1, **{"X-Forwarded-For": f"2001:db8::{number}"})
    assert found == [400, 400, 400, 429]


@pytest.mark.anyio
@pytest.mark.parametrize("header", ["", ",", "rubbish", "\xff\xfe", "1.2.3.4.5", "::1::", ", , 1", "1" * 5000])
async def test_a_header_that_says_nothing_does_no_harm(service: Service, header: str) -> None:
    answer = await service.http.post(
        f"{AUTH}/login",
        json={"login": "ada", "password": PHRASE},
        headers={"X-Forwarded-For": header.encode("latin-1")},
    )
    assert answer.status_code == 401
