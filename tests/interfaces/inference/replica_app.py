"""The routes of replicas over fakes."""

from typing import Any

import msgspec
from litestar import Litestar
from litestar.di import Provide
from litestar.exceptions import HTTPException
from tests.application.inference.replica_desk import ADA, BOSS, ReplicaDesk
from tests.fakes.inference.memory_pool import MemoryPool
from tests.interfaces.kernel.asgi_exchange import Exchange, exchanged, http_scope
from tests.interfaces.kernel.small_app import SmallApp

from ollamanet.application.kernel.actor import Actor
from ollamanet.domain.kernel.errors import Refusal, Unauthenticated
from ollamanet.interfaces.inference.replica_routes import ReplicaUseCases, replica_routers
from ollamanet.interfaces.kernel.api_router import ApiRouter
from ollamanet.interfaces.kernel.auth import authenticated
from ollamanet.interfaces.kernel.origin import provide_origin
from ollamanet.interfaces.kernel.problems import failed, refused, rejected
from ollamanet.interfaces.kernel.strict_request import StrictRequest

OPEN, ADMIN = "/api/v1/system/replicas", "/api/v1/admin/replicas"


class Tokens:
    """A name is a token."""

    def known(self, token: str) -> Actor | None:
        return None

    async def verify(self, token: str) -> Actor:
        if token not in ("boss", "ada"):
            raise Unauthenticated("the access token is not valid")
        return BOSS if token == "boss" else ADA


class App:
    """The routes over fakes; `lines` is what was logged."""

    def __init__(self) -> None:
        desk = self.desk = ReplicaDesk()
        cases = ReplicaUseCases(
            desk.list_replicas, desk.inspect, desk.add_replica, desk.drain, desk.resume, desk.restart, desk.remove
        )
        api = ApiRouter("/api/v1", route_handlers=replica_routers(cases), middleware=[authenticated(Tokens())])
        self.litestar = Litestar(
            [api],
            exception_handlers={Refusal: refused, HTTPException: rejected, Exception: failed},
            dependencies={"origin": Provide(provide_origin, sync_to_thread=False)},
            request_class=StrictRequest,
            logging_config=None,
        )
        self._edge = SmallApp(self.litestar)
        self.lines = self._edge.lines

    @property
    def pool(self) -> MemoryPool:
        return self.desk.pool

    async def ask(self, method: str, path: str, *, user: str = "boss", query: bytes = b"", **body: Any) -> Exchange:
        sent = msgspec.json.encode(body) if body else b""
        headers = [(b"authorization", b"Bearer " + user.encode()), (b"content-length", b"%d" % len(sent))]
        if body:
            headers.append((b"content-type", b"application/json"))
        return await exchanged(self._edge, http_scope(path, method=method, headers=headers, query=query), sent)
