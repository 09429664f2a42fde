"""The routes of identity over fakes, as one application."""

from dataclasses import dataclass, replace
from typing import Any

import httpx
from litestar import Litestar, Router
from litestar.di import Provide
from litestar.exceptions import HTTPException
from tests.fakes.identity.fixed_time import CountedIds, FixedClock
from tests.fakes.identity.memory_invitations import (
    ListedPasswords,
    MemoryFirstAdmins,
    MemoryInvitations,
    MemoryTrail,
    NumberedSecrets,
)
from tests.fakes.identity.memory_users import MemoryUsers
from tests.fakes.identity.people import PHRASE
from tests.fakes.identity.plain_hasher import PlainHasher

from ollamanet.application.identity.accounts import NewAccounts
from ollamanet.application.identity.commands.create_invitation import CreateInvitationHandler
from ollamanet.application.identity.commands.register_user import RegisterUserHandler
from ollamanet.application.identity.commands.revoke_invitation import RevokeInvitationHandler
from ollamanet.application.identity.commands.set_up_first_admin import SetUpFirstAdminHandler, WrongTries
from ollamanet.application.identity.commands.sign_in import SignInHandler
from ollamanet.application.identity.grants import BuiltInRoles, GrantsWithin
from ollamanet.application.identity.queries.get_profile import GetProfileHandler
from ollamanet.application.identity.queries.list_invitations import ListInvitationsHandler
from ollamanet.application.kernel.actor import Actor
from ollamanet.domain.identity.roles import RoleBook
from ollamanet.domain.identity.user import RegistrationPolicy
from ollamanet.domain.kernel.caller_limits import NOTHING_SAID
from ollamanet.domain.kernel.errors import Refusal
from ollamanet.infrastructure.identity.derived_setup_token import DerivedSetupToken
from ollamanet.infrastructure.identity.jwt_access_tokens import JwtAccessTokens
from ollamanet.infrastructure.identity.signing_keys import SigningKeys
from ollamanet.infrastructure.identity.verified_tokens import VerifiedTokens
from ollamanet.interfaces.identity.controllers import AuthController, ProfileController
from ollamanet.interfaces.identity.sign_up_routes import InvitationUseCases, invitations_router, setup_router
from ollamanet.interfaces.kernel.auth import authenticated, provide_actor
from ollamanet.interfaces.kernel.origin import provide_origin
from ollamanet.interfaces.kernel.problems import failed, refused, rejected
from ollamanet.interfaces.kernel.strict_request import StrictRequest

ADA = {"email": "Ada@example.org", "username": "Ada", "password": PHRASE}
LOGIN = {"login": "ada", "password": PHRASE}


SETUP_TOKEN = DerivedSetupToken(b"k" * 32)


class WithPermissions:
    """Tokens whose owners may do what the built-in roles allow."""

    def __init__(self, tokens: JwtAccessTokens) -> None:
        self._tokens = tokens

    def verify(self, token: str) -> Actor:
        actor = self._tokens.verify(token)
        return replace(actor, permissions=RoleBook().standing(actor.roles, NOTHING_SAID).permissions)


@dataclass
class Service:
    http: httpx.AsyncClient
    clock: FixedClock
    users: MemoryUsers

    async def register(self, **changed: Any) -> httpx.Response:
        return await self.http.post("/api/v1/auth/register", json={**ADA, **changed})

    async def login(self, **changed: Any) -> httpx.Response:
        return await self.http.post("/api/v1/auth/login", json={**LOGIN, **changed})

    async def me(self, token: str, path: str = "/api/v1/auth/me") -> httpx.Response:
        return await self.http.get(path, headers={"Authorization": f"Bearer {token}"})


def app_of(users: MemoryUsers, clock: FixedClock, policy: RegistrationPolicy) -> Litestar:
    ids, hasher = CountedIds(), PlainHasher()
    tokens = JwtAccessTokens(SigningKeys.of(b"k" * 32), clock, ids, VerifiedTokens(clock))
    accounts = NewAccounts(users, hasher, clock, ids, ListedPasswords("dragon"))
    invitations = MemoryInvitations(users)
    register = RegisterUserHandler(policy, accounts, invitations, tokens)
    create = CreateInvitationHandler(
        policy, invitations, GrantsWithin(BuiltInRoles()), NumberedSecrets(), clock, ids, mail=None
    )
    use_cases = InvitationUseCases(
        create, RevokeInvitationHandler(invitations, clock), ListInvitationsHandler(invitations, clock)
    )
    set_up = SetUpFirstAdminHandler(
        SETUP_TOKEN, WrongTries(clock), accounts, MemoryFirstAdmins(users), tokens, MemoryTrail()
    )
    admin = Router(
        path="/api/v1",
        route_handlers=[invitations_router(use_cases)],
        middleware=[authenticated(WithPermissions(tokens))],
    )
    signed_in = Router(path="/", route_handlers=[ProfileController], middleware=[authenticated(tokens)])
    return Litestar(
        [AuthController, setup_router(set_up), signed_in, admin],
        dependencies={
            "register_user": Provide(lambda: register, sync_to_thread=False),
            "sign_in": Provide(lambda: SignInHandler(users, hasher, tokens, clock), sync_to_thread=False),
            "get_profile": Provide(lambda: GetProfileHandler(users), sync_to_thread=False),
            "actor": Provide(provide_actor, sync_to_thread=False),
            "origin": Provide(provide_origin, sync_to_thread=False),
        },
        exception_handlers={Refusal: refused, HTTPException: rejected, Exception: failed},
        request_class=StrictRequest,
        logging_config=None,
    )
