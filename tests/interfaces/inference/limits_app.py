"""The routes of the limits behind the edge, and one that takes of the caller's minute."""

from typing import Any
from uuid import UUID

import httpx
from litestar import Litestar, Request, post
from litestar.di import Provide
from litestar.exceptions import HTTPException
from litestar.params import FromQuery
from tests.fakes.identity.fixed_time import CountedIds
from tests.fakes.kernel.callers import a_user, an_admin
from tests.infrastructure.inference.quota_desk import QuotaDesk

from ollamanet.application.inference.commands.change_limit_version import ChangeLimitVersionHandler
from ollamanet.application.inference.commands.create_limit_version import CreateLimitVersionHandler
from ollamanet.application.inference.commands.roll_back_limits import RollBackLimitsHandler
from ollamanet.application.inference.queries.get_limits import GetLimitsHandler, GetUsageHandler
from ollamanet.application.inference.queries.list_limit_versions import ListLimitVersionsHandler
from ollamanet.application.kernel.actor import Actor
from ollamanet.domain.kernel.errors import Refusal, Unauthenticated
from ollamanet.domain.kernel.ids import UserId
from ollamanet.interfaces.inference.limit_headers import CallerLimitHeaders
from ollamanet.interfaces.inference.limits_routes import LimitVersionUseCases, limits_admin_router, limits_system_router
from ollamanet.interfaces.inference.limits_schemas import ServiceBounds
from ollamanet.interfaces.kernel.api_router import ApiRouter
from ollamanet.interfaces.kernel.auth import actor_of, authenticated
from ollamanet.interfaces.kernel.edge import Edge
from ollamanet.interfaces.kernel.limit_headers import TELLS_RATES
from ollamanet.interfaces.kernel.origin import provide_origin
from ollamanet.interfaces.kernel.problems import failed, refused, rejected
from ollamanet.interfaces.kernel.strict_request import StrictRequest

BOSS = UserId(UUID(int=9))
PEOPLE = {
    "ada": a_user(1),
    "ada-with-key": a_user(1, key="k1"),
    "bob": a_user(2),
    "boss": an_admin(BOSS.int),
}
BOUNDS = ServiceBounds(
    prompt_tokens=4096,
    body_bytes=1000,
    image_body_bytes=2000,
    queue_depth=64,
    queue_timeout_s=60.0,
    request_timeout_s=0.5,
)


class Tokens:
    """A name is a token."""

    def known(self, token: str) -> Actor | None:
        return None

    async def verify(self, token: str) -> Actor:
        if token not in PEOPLE:
            raise Unauthenticated("the access token is not valid")
        return PEOPLE[token]


class LimitsApp:
    """A service whose clock the test moves."""

    def __init__(self, desk: QuotaDesk) -> None:
        self.desk, book, quota, clock = desk, desk.book, desk.quota, desk.clock
        admin = limits_admin_router(
            LimitVersionUseCases(
                ListLimitVersionsHandler(book, quota),
                CreateLimitVersionHandler(book, clock),
                ChangeLimitVersionHandler(book, clock),
                RollBackLimitsHandler(book, clock),
            )
        )
        system = limits_system_router(GetLimitsHandler(book), GetUsageHandler(quota), BOUNDS)

        @post("/ask", opt={TELLS_RATES: True}, status_code=200)
        async def ask(request: Request[Any, Any, Any], tokens: FromQuery[int]) -> None:
            actor = actor_of(request)
            desk.reserve(tokens, actor.user_id, actor.key, actor.roles).settle(tokens)

        self.litestar = Litestar(
            [ApiRouter("/api/v1", route_handlers=[admin, system, ask], middleware=[authenticated(Tokens())])],
            exception_handlers={Refusal: refused, HTTPException: rejected, Exception: failed},
            dependencies={"origin": Provide(provide_origin, sync_to_thread=False)},
            request_class=StrictRequest,
            logging_config=None,
        )
        headers = CallerLimitHeaders(book, quota, BOUNDS)
        edge = Edge(self.litestar, new_id=CountedIds().new, log=lambda *_: None, limits=headers)
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(edge), base_url="http://test.invalid")

    async def get(self, path: str, who: str = "ada") -> httpx.Response:
        return await self._sent("GET", path, who)

    async def post(self, path: str, body: Any = None, who: str = "boss") -> httpx.Response:
        return await self._sent("POST", path, who, body)

    async def patch(self, path: str, body: Any, who: str = "boss") -> httpx.Response:
        return await self._sent("PATCH", path, who, body)

    async def ask(self, tokens: int = 10, who: str = "ada") -> httpx.Response:
        return await self._sent("POST", f"/ask?tokens={tokens}", who)

    async def _sent(self, method: str, path: str, who: str, body: Any = None) -> httpx.Response:
        headers = {"Authorization": f"Bearer {who}"}
        return await self.http.request(method, f"/api/v1{path}", json=body, headers=headers)
