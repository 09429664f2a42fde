"""Signing in with a provider over HTTP: the browser that began it ends it, and goes nowhere else from here."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from http.cookies import SimpleCookie

import httpx
import pytest
from litestar import Litestar
from litestar.di import Provide
from litestar.exceptions import HTTPException
from tests.application.identity.external_desk import ALAN, ExternalDesk
from tests.fakes.identity.fixed_time import CountedIds
from tests.fakes.kernel.fixed_limits import FixedLimits

from ollamanet.domain.identity.external_errors import ProviderFaulty, ProviderUnavailable
from ollamanet.domain.kernel.errors import Refusal
from ollamanet.infrastructure.identity.flow_cookies import SignedFlows
from ollamanet.infrastructure.identity.signing_keys import SigningKeys
from ollamanet.interfaces.identity.external_routes import ExternalSignIn, ExternalSignInController
from ollamanet.interfaces.identity.refresh_cookie import NAME, RefreshCookies
from ollamanet.interfaces.kernel.edge import Edge
from ollamanet.interfaces.kernel.origin import provide_origin
from ollamanet.interfaces.kernel.problems import failed, refused, rejected
from ollamanet.interfaces.kernel.strict_request import StrictRequest

pytestmark = pytest.mark.anyio

LOGIN, CALLBACK = "/api/v1/auth/oidc/login", "/api/v1/auth/oidc/callback"
COOKIE = "ollamanet-oidc"


@dataclass
class Service:
    """The routes over fakes; a browser of its own for each caller."""

    edge: Edge
    desk: ExternalDesk

    def browser(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=httpx.ASGITransport(self.edge), base_url="http://127.0.0.1")

    async def began(self, browser: httpx.AsyncClient, **query: str) -> str:
        """The state of a sign-in that this browser has begun."""
        answer = await browser.get(LOGIN, params=query)
        assert answer.status_code == 303, answer.text
        return httpx.URL(answer.headers["location"]).params["state"]


def edge_of(external: ExternalSignIn | None) -> Edge:
    app = Litestar(
        [ExternalSignInController],
        dependencies={
            "external": Provide(lambda: external, sync_to_thread=False),
            "origin": Provide(provide_origin, sync_to_thread=False),
        },
        exception_handlers={Refusal: refused, HTTPException: rejected, Exception: failed},
        request_class=StrictRequest,
        logging_config=None,
    )
    return Edge(app, new_id=CountedIds().new, log=lambda *_: None, limits=FixedLimits("v=1"))


def external_of(desk: ExternalDesk, *, secure: bool = False) -> ExternalSignIn:
    keys, cookies = SigningKeys.of(b"k" * 32), RefreshCookies()
    return ExternalSignIn(
        desk.begin,
        desk.finish,
        SignedFlows(lambda: keys),
        secure=secure,
        session_cookie=lambda signed_in, request: cookies.holding(signed_in.refresh, request),
    )


@pytest.fixture
def service() -> Service:
    desk = ExternalDesk()
    return Service(edge_of(external_of(desk)), desk)


@pytest.fixture
async def browser(service: Service) -> AsyncIterator[httpx.AsyncClient]:
    async with service.browser() as browser:
        yield browser


async def test_a_browser_that_comes_back_is_signed_in_as_with_a_password(
    service: Service, browser: httpx.AsyncClient
) -> None:
    state = await service.began(browser)
    answer = await browser.get(CALLBACK, params={"state": state, "code": service.desk.provider.code(ALAN)})

    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json()["user"]["username"] == "alan"
    assert answer.json()["token_type"] == "Bearer"
    assert browser.cookies.get(NAME)


async def test_it_goes_on_to_the_path_it_began_with_and_keeps_its_session(
    service: Service, browser: httpx.AsyncClient
) -> None:
    state = await service.began(browser, return_to="/chat?new=1")
    answer = await browser.get(
        CALLBACK,
        params={"state": state, "code": service.desk.provider.code(ALAN)},
        headers={"Sec-Fetch-Site": "cross-site"},
    )

    assert (answer.status_code, answer.headers["location"], answer.content) == (303, "/chat?new=1", b"")
    assert browser.cookies.get(NAME)


@pytest.mark.parametrize(
    "evil", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/\t/evil.example", ""]
)
async def test_it_goes_to_no_other_server(service: Service, browser: httpx.AsyncClient, evil: str) -> None:
    answer = await browser.get(LOGIN, params={"return_to": evil})

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
    assert "location" not in answer.headers


@pytest.mark.parametrize("secure", [False, True])
async def test_what_the_browser_keeps_no_page_and_no_other_host_gets(secure: bool) -> None:
    edge = edge_of(external_of(ExternalDesk(), secure=secure))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(edge), base_url="https://chat.example") as browser:
        answer = await browser.get(LOGIN)
    (morsel,) = SimpleCookie(answer.headers["set-cookie"]).values()

    assert morsel.key == (f"__Host-{COOKIE}" if secure else COOKIE)
    assert (morsel["httponly"], bool(morsel["secure"]), morsel["samesite"].lower()) == (True, secure, "lax")
    assert (morsel["path"], morsel["domain"], morsel["max-age"]) == (
        "/" if secure else "/api/v1/auth/oidc", "", "600"
    )  # fmt: skip


async def refusal_of(browser: httpx.AsyncClient, **query: str) -> tuple[int, str]:
    answer = await browser.get(CALLBACK, params=query)
    assert "access_token" not in answer.text
    assert NAME not in browser.cookies
    return answer.status_code, answer.json()["code"]


async def test_a_link_with_somebody_elses_code_signs_nobody_in(service: Service, browser: httpx.AsyncClient) -> None:
    async with service.browser() as attacker:
        state = await service.began(attacker)
    code = service.desk.provider.code(ALAN)

    assert await refusal_of(browser, state=state, code=code) == (401, "unauthenticated")
    await service.began(browser)
    assert await refusal_of(browser, state=state, code=code) == (401, "unauthenticated")
    assert code in service.desk.provider.codes


async def test_what_the_browser_kept_cannot_be_made_or_changed(service: Service, browser: httpx.AsyncClient) -> None:
    state = await service.began(browser)
    kept = browser.cookies.get(COOKIE)
    for changed in (kept[::-1], kept.partition(".")[0], "", "e30.e30", "x" * 5000):
        browser.cookies.clear()
        browser.cookies.set(COOKIE, changed)
        assert await refusal_of(browser, state=state, code="code") == (401, "unauthenticated")


async def test_a_sign_in_is_good_once_and_for_ten_minutes(service: Service, browser: httpx.AsyncClient) -> None:
    state = await service.began(browser)
    kept, code = browser.cookies.get(COOKIE), service.desk.provider.code(ALAN)
    await browser.get(CALLBACK, params={"state": state, "code": code})
    assert COOKIE not in browser.cookies
    browser.cookies.clear()
    assert await refusal_of(browser, state=state, code=code) == (401, "unauthenticated")
    browser.cookies.set(COOKIE, kept)
    assert await refusal_of(browser, state=state, code=code) == (401, "unauthenticated")

    late = await service.began(browser)
    service.desk.clock.advance(600)
    fresh = service.desk.provider.code(ALAN)
    assert await refusal_of(browser, state=late, code=fresh) == (401, "unauthenticated")


@pytest.mark.parametrize(
    ("brought", "told"),
    [
        ({"error": "access_denied"}, (403, "forbidden")),
        ({"error": "server_error"}, (401, "unauthenticated")),
        ({"code": "", "error": ""}, (401, "unauthenticated")),
        ({"code": "made up"}, (401, "unauthenticated")),
        ({"code": "c", "iss": "https://evil.example"}, (401, "unauthenticated")),
    ],
)
async def test_what_the_provider_refuses_is_told_and_the_sign_in_is_over(
    service: Service, browser: httpx.AsyncClient, brought: dict[str, str], told: tuple[int, str]
) -> None:
    state = await service.began(browser)

    assert await refusal_of(browser, state=state, **brought) == told
    assert COOKIE not in browser.cookies


@pytest.mark.parametrize(
    "query", ["", "state=", "state=a&code=b&error=c", "state=%00", "state=" + "x" * 5000, "code=%FF"]
)
async def test_whatever_comes_from_nowhere_is_no_defect(browser: httpx.AsyncClient, query: str) -> None:
    answer = await browser.get(f"{CALLBACK}?{query}")

    assert answer.status_code in {400, 401}
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("refusal", "told"),
    [
        (ProviderUnavailable("gone", retry_after=5.0), (503, "identity_provider_unavailable")),
        (ProviderFaulty("odd"), (502, "identity_provider_error")),
    ],
)
async def test_a_provider_that_is_down_is_told_at_both_ends(
    service: Service, browser: httpx.AsyncClient, refusal: Refusal, told: tuple[int, str]
) -> None:
    state = await service.began(browser)
    service.desk.provider.refusal = refusal
    answer = await browser.get(LOGIN)

    assert (answer.status_code, answer.json()["code"]) == told
    assert answer.headers.get("retry-after") == ("5" if told[0] == 503 else None)
    assert await refusal_of(browser, state=state, code="c") == told


async def test_an_unverified_address_is_forbidden(service: Service, browser: httpx.AsyncClient) -> None:
    state = await service.began(browser)
    code = service.desk.provider.code(replace(ALAN, email_verified=False))

    assert await refusal_of(browser, state=state, code=code) == (403, "forbidden")


async def test_without_a_provider_there_is_nothing_here() -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(edge_of(None)), base_url="http://127.0.0.1") as browser:
        for path in (LOGIN, CALLBACK):
            answer = await browser.get(path)
            assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
