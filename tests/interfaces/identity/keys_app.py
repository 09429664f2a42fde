"""The routes of API keys and of one's own data over fakes, as one application."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field

from litestar import Litestar, Router
from litestar.di import Provide
from litestar.exceptions import HTTPException
from tests.fakes.identity.fixed_time import CountedIds, FixedClock
from tests.fakes.identity.forgetting import Forgetting
from tests.fakes.identity.memory_api_keys import FixedRoles, HeardUses, MemoryApiKeys
from tests.fakes.identity.memory_users import MemoryUsers
from tests.fakes.kernel.fixed_limits import FixedLimits

from ollamanet.application.identity.commands.change_api_key import ChangeApiKeyHandler
from ollamanet.application.identity.commands.create_api_key import CreateApiKeyHandler
from ollamanet.application.identity.commands.revoke_api_key import RevokeApiKeyHandler
from ollamanet.application.identity.key_callers import KeyCallers
from ollamanet.application.identity.key_records import KeyAuthority
from ollamanet.application.identity.new_keys import NewKeys
from ollamanet.application.identity.queries.list_api_keys import ListApiKeysHandler
from ollamanet.application.kernel.actor import Actor
from ollamanet.application.kernel.audit import AuditEntry
from ollamanet.domain.kernel.errors import Refusal, Unauthenticated
from ollamanet.domain.kernel.ids import UserId
from ollamanet.interfaces.identity.api_key_routes import ApiKeyUseCases, api_key_routers
from ollamanet.interfaces.kernel.edge import Edge
from ollamanet.interfaces.kernel.origin import provide_origin
from ollamanet.interfaces.kernel.problems import failed, refused, rejected
from ollamanet.interfaces.kernel.request_info import info_of
from ollamanet.interfaces.kernel.strict_request import StrictRequest


@dataclass
class KeysApp:
    """People show their user name as a token, programs their API key; nothing is remembered in between."""

    users: MemoryUsers
    actors: dict[str, Actor]
    clock: FixedClock = field(default_factory=FixedClock)
    trail: list[AuditEntry] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.keys = MemoryApiKeys(self.users)
        self.roles = FixedRoles()
        self.callers = KeyCallers(self.keys, self.roles, HeardUses(), self.clock)
        self._random = 0

    async def record(self, *entries: AuditEntry) -> None:
        self.trail += entries

    def app(self, *more: Router) -> Edge:
        authority = KeyAuthority(self.users, self.roles)
        made = NewKeys(self.keys, self.clock, CountedIds(), self._bytes)
        cases = ApiKeyUseCases(
            ListApiKeysHandler(self.keys, authority),
            CreateApiKeyHandler(made),
            ChangeApiKeyHandler(self.keys, Forgetting(), self.clock),
            RevokeApiKeyHandler(self.keys, authority, Forgetting(), self.clock),
        )
        router = Router("/api/v1", route_handlers=[*api_key_routers(cases), *more], middleware=[self._checking()])
        app = Litestar(
            [router],
            dependencies={"origin": Provide(provide_origin, sync_to_thread=False)},
            exception_handlers={Refusal: refused, HTTPException: rejected, Exception: failed},
            request_class=StrictRequest,
            logging_config=None,
        )
        return Edge(app, new_id=CountedIds().new, log=lambda *_: None, limits=FixedLimits("v=1"))

    def _bytes(self, size: int) -> bytes:
        self._random += 1
        return self._random.to_bytes(size)

    def _checking(self):
        # Not a method: litestar copies middleware, and a method's object with it.
        def known(app):
            async def checked(scope, receive, send) -> None:
                token = dict(scope["headers"]).get(b"authorization", b"").decode().removeprefix("Bearer ")
                info_of(scope).actor = await self._actor(token)
                await app(scope, receive, send)

            return checked

        return known

    async def _actor(self, token: str) -> Actor:
        if token.startswith("onk_"):
            return (await self.callers.identify(token)).actor
        if token not in self.actors:
            raise Unauthenticated("nobody")
        return self.actors[token]


class SlowPart:
    """One's own data: pieces as long as anybody wants them."""

    folder = "slow"

    def __init__(self, pieces: int, size: int = 100_000) -> None:
        self.pieces, self.size = pieces, size
        self.given = self.closed = 0

    async def files(self, _: UserId) -> AsyncGenerator[tuple[str, bytes], None]:
        try:
            for number in range(self.pieces):
                self.given += 1
                yield f"{number}.png", bytes(self.size)
        finally:
            self.closed += 1
