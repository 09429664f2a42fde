"""The routes of identity over fakes, as one application."""

from dataclasses import dataclass
from typing import Any

import httpx
from litestar import Litestar, Router
from litestar.di import Provide
from litestar.exceptions import HTTPException
from tests.fakes.identity.fixed_time import CountedIds, FixedClock
from tests.fakes.identity.memory_sessions import MemorySessions
from tests.fakes.identity.memory_users import MemoryUsers
from tests.fakes.identity.people import PHRASE
from tests.fakes.identity.plain_hasher import PlainHasher

from ollamanet.application.identity.access_token_callers import AccessTokenCallers
from ollamanet.application.identity.accounts import NewAccounts
from ollamanet.application.identity.commands.refresh_session import RefreshSessionHandler
from ollamanet.application.identity.commands.register_user import RegisterUserHandler
from ollamanet.application.identity.commands.revoke_other_sessions import RevokeOtherSessionsHandler
from ollamanet.application.identity.commands.revoke_session import RevokeSessionHandler
from ollamanet.application.identity.commands.sign_in import SignInHandler
from ollamanet.application.identity.commands.sign_out import SignOutHandler
from ollamanet.application.identity.queries.get_profile import GetProfileHandler
from ollamanet.application.identity.queries.list_sessions import ListSessionsHandler
from ollamanet.application.identity.session_opener import SessionOpener
from ollamanet.application.identity.session_revocation import SessionRevocation
from ollamanet.domain.identity.user import RegistrationPolicy
from ollamanet.domain.kernel.errors import Refusal
from ollamanet.infrastructure.identity.built_in_roles import BuiltInRoles
from ollamanet.infrastructure.identity.callers import Callers
from ollamanet.infrastructure.identity.jwt_access_tokens import JwtAccessTokens
from ollamanet.infrastructure.identity.random_secrets import RandomSecrets
from ollamanet.infrastructure.identity.signing_keys import GivenKeys, SigningKeys
from ollamanet.interfaces.identity.controllers import AuthController, ProfileController
from ollamanet.interfaces.identity.refresh_cookie import RefreshCookies
from ollamanet.interfaces.identity.session_routes import SessionUseCases, refresh_router, sessions_router
from ollamanet.interfaces.kernel.auth import authenticated, provide_actor
from ollamanet.interfaces.kernel.origin import provide_origin
from ollamanet.interfaces.kernel.problems import failed, refused, rejected
from ollamanet.interfaces.kernel.strict_request import StrictRequest

ADA = {"email": "Ada@example.org", "username": "Ada", "password": PHRASE}
LOGIN = {"login": "ada", "password": PHRASE}


@dataclass
class Service:
    http: httpx.AsyncClient
    clock: FixedClock
    users: MemoryUsers
    callers: Callers

    async def register(self, **changed: Any) -> httpx.Response:
        return await self.http.post("/api/v1/auth/register", json={**ADA, **changed})

    async def login(self, **changed: Any) -> httpx.Response:
        return await self.http.post("/api/v1/auth/login", json={**LOGIN, **changed})

    async def me(self, token: str, path: str = "/api/v1/auth/me") -> httpx.Response:
        return await self.http.get(path, headers={"Authorization": f"Bearer {token}"})


def app_of(
    users: MemoryUsers, clock: FixedClock, policy: RegistrationPolicy, cookies: RefreshCookies | None = None
) -> tuple[Litestar, Callers]:
    """The routes, and what verifies tokens for them."""
    ids, hasher, sessions, cookies = CountedIds(), PlainHasher(), MemorySessions(users), cookies or RefreshCookies()
    tokens = JwtAccessTokens(GivenKeys(SigningKeys.of(b"k" * 32)), clock, ids)
    callers = Callers(AccessTokenCallers(tokens, sessions, BuiltInRoles(), clock), clock)
    opener = SessionOpener(sessions, tokens, RandomSecrets(), clock, ids)
    revocation = SessionRevocation(sessions, callers, clock)
    use_cases = SessionUseCases(
        RefreshSessionHandler(opener, revocation),
        SignOutHandler(sessions, revocation, clock),
        ListSessionsHandler(sessions, clock),
        RevokeSessionHandler(sessions, revocation, clock),
        RevokeOtherSessionsHandler(revocation, clock),
    )
    register = RegisterUserHandler(policy, NewAccounts(users, hasher, clock, ids), opener)
    signed_in = Router(
        path="/", route_handlers=[ProfileController, sessions_router(use_cases)], middleware=[authenticated(callers)]
    )
    app = Litestar(
        [AuthController, refresh_router(use_cases, callers, cookies), signed_in],
        dependencies={
            "register_user": Provide(lambda: register, sync_to_thread=False),
            "sign_in": Provide(lambda: SignInHandler(users, hasher, opener, clock), sync_to_thread=False),
            "get_profile": Provide(lambda: GetProfileHandler(users), sync_to_thread=False),
            "actor": Provide(provide_actor, sync_to_thread=False),
            "origin": Provide(provide_origin, sync_to_thread=False),
            "refresh_cookies": Provide(lambda: cookies, sync_to_thread=False),
        },
        exception_handlers={Refusal: refused, HTTPException: rejected, Exception: failed},
        request_class=StrictRequest,
        logging_config=None,
    )
    return app, callers
