"""The routes of the administration of accounts over fakes."""

from typing import Any

import httpx
from litestar import Litestar
from litestar.di import Provide
from litestar.exceptions import HTTPException
from tests.fakes.identity.admin_desk import AdminDesk, actor_of
from tests.fakes.identity.fixed_time import CountedIds
from tests.fakes.kernel.fixed_limits import FixedLimits

from ollamanet.application.kernel.actor import Actor
from ollamanet.domain.identity.user import User
from ollamanet.domain.kernel.errors import Refusal, Unauthenticated
from ollamanet.interfaces.identity.user_admin_routes import user_admin_router
from ollamanet.interfaces.kernel.api_router import ApiRouter
from ollamanet.interfaces.kernel.auth import authenticated, provide_actor
from ollamanet.interfaces.kernel.edge import Edge
from ollamanet.interfaces.kernel.origin import provide_origin
from ollamanet.interfaces.kernel.problems import failed, refused, rejected
from ollamanet.interfaces.kernel.strict_request import StrictRequest

USERS = "/api/v1/admin/users"


class NamedTokens:
    """A user name is a token."""

    def __init__(self, desk: AdminDesk) -> None:
        self.desk = desk

    def known(self, token: str) -> Actor | None:
        return None

    async def verify(self, token: str) -> Actor:
        for stored in self.desk.users.stored.values():
            if stored.user.username.text == token:
                return actor_of(stored.user)
        raise Unauthenticated("the access token is not valid")


class UserAdminApp:
    """Routes over a desk; `ask` is one request by somebody."""

    def __init__(self, *people: User) -> None:
        desk = self.desk = AdminDesk(*people)
        routers = [user_admin_router(desk.cases)]
        api = ApiRouter("/api/v1", route_handlers=routers, middleware=[authenticated(NamedTokens(desk))])
        litestar = Litestar(
            [api],
            dependencies={
                "actor": Provide(provide_actor, sync_to_thread=False),
                "origin": Provide(provide_origin, sync_to_thread=False),
            },
            exception_handlers={Refusal: refused, HTTPException: rejected, Exception: failed},
            request_class=StrictRequest,
            logging_config=None,
        )
        edge = Edge(litestar, new_id=CountedIds().new, log=lambda *_: None, limits=FixedLimits("v=1"))
        self._transport = httpx.ASGITransport(edge)

    async def ask(
        self, method: str, path: str = "", *, by: str = "chief", json: Any = None, **headers: str
    ) -> httpx.Response:
        sent = {"Authorization": f"Bearer {by}"} | {name.replace("_", "-"): value for name, value in headers.items()}
        async with httpx.AsyncClient(transport=self._transport, base_url="http://test.invalid") as http:
            return await http.request(method, f"{USERS}{path}", json=json, headers=sent)
