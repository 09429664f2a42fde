"""The routes of identity over fakes, as one application."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
from litestar import Litestar, Router
from litestar.di import Provide
from litestar.exceptions import HTTPException
from tests.fakes.identity.counted_secrets import CountedSecrets
from tests.fakes.identity.fixed_time import CountedIds, FixedClock
from tests.fakes.identity.kept_mail import KeptMail, LaterWork
from tests.fakes.identity.memory_failures import MemoryFailures
from tests.fakes.identity.memory_invitations import (
    ListedPasswords,
    MemoryFirstAdmins,
    MemoryInvitations,
)
from tests.fakes.identity.memory_own_accounts import MemoryOwnAccounts
from tests.fakes.identity.memory_roles import MemoryRoles
from tests.fakes.identity.memory_sessions import MemorySessions
from tests.fakes.identity.memory_users import MemoryUsers
from tests.fakes.identity.people import PHRASE
from tests.fakes.identity.plain_hasher import PlainHasher
from tests.fakes.kernel.fixed_limits import FixedLimits
from tests.fakes.kernel.memory_trail import MemoryTrail

from ollamanet.application.identity.access_token_callers import AccessTokenCallers
from ollamanet.application.identity.accounts import NewAccounts
from ollamanet.application.identity.address_rates import LOGIN as LOGIN_LIMIT
from ollamanet.application.identity.address_rates import OTHER, RECOVERY, REGISTER, AddressRates
from ollamanet.application.identity.commands.change_password import ChangePasswordHandler
from ollamanet.application.identity.commands.create_invitation import CreateInvitationHandler
from ollamanet.application.identity.commands.forgot_password import ForgotPasswordHandler
from ollamanet.application.identity.commands.refresh_session import RefreshSessionHandler
from ollamanet.application.identity.commands.register_user import RegisterUserHandler
from ollamanet.application.identity.commands.reset_password import ResetPasswordHandler
from ollamanet.application.identity.commands.revoke_invitation import RevokeInvitationHandler
from ollamanet.application.identity.commands.revoke_other_sessions import RevokeOtherSessionsHandler
from ollamanet.application.identity.commands.revoke_session import RevokeSessionHandler
from ollamanet.application.identity.commands.set_up_first_admin import SetUpFirstAdminHandler, WrongTries
from ollamanet.application.identity.commands.sign_in import SignInHandler
from ollamanet.application.identity.commands.sign_out import SignOutHandler
from ollamanet.application.identity.commands.update_profile import UpdateProfileHandler
from ollamanet.application.identity.mail import PostOffice
from ollamanet.application.identity.new_passwords import NewPasswords
from ollamanet.application.identity.own_account import PasswordCheck
from ollamanet.application.identity.queries.get_profile import GetProfileHandler
from ollamanet.application.identity.queries.list_invitations import ListInvitationsHandler
from ollamanet.application.identity.queries.list_sessions import ListSessionsHandler
from ollamanet.application.identity.reset_letters import ResetLetters
from ollamanet.application.identity.session_opener import SessionOpener
from ollamanet.application.identity.session_revocation import SessionRevocation
from ollamanet.application.identity.sign_in_guard import SignInGuard
from ollamanet.bootstrap.recovery_wiring import Recovery, recovery_dependencies
from ollamanet.domain.identity.sign_in_policy import SignInPolicy
from ollamanet.domain.identity.user import RegistrationPolicy
from ollamanet.domain.kernel.addresses import TrustedProxies
from ollamanet.domain.kernel.errors import Refusal
from ollamanet.infrastructure.identity.callers import Callers
from ollamanet.infrastructure.identity.derived_setup_token import DerivedSetupToken
from ollamanet.infrastructure.identity.jwt_access_tokens import JwtAccessTokens
from ollamanet.infrastructure.identity.random_secrets import RandomSecrets
from ollamanet.infrastructure.identity.signing_keys import GivenKeys, SigningKeys
from ollamanet.interfaces.identity.auth_limits import limited_by_address
from ollamanet.interfaces.identity.controllers import AuthController, ProfileController
from ollamanet.interfaces.identity.recovery_routes import PasswordController, RecoveryController
from ollamanet.interfaces.identity.refresh_cookie import RefreshCookies
from ollamanet.interfaces.identity.session_routes import SessionUseCases, refresh_router, sessions_router
from ollamanet.interfaces.identity.sign_up_routes import InvitationUseCases, invitations_router, setup_router
from ollamanet.interfaces.kernel.auth import authenticated, provide_actor
from ollamanet.interfaces.kernel.edge import Edge
from ollamanet.interfaces.kernel.origin import Origins
from ollamanet.interfaces.kernel.problems import failed, refused, rejected
from ollamanet.interfaces.kernel.strict_request import StrictRequest

ADA = {"email": "Ada@example.org", "username": "Ada", "password": PHRASE}
LOGIN = {"login": "ada", "password": PHRASE}
ORIGINS = Origins(TrustedProxies.parse(["127.0.0.1"]))


@dataclass
class Mailing:
    """What recovery needs beside the accounts.

    Attributes:
        numbers: what an address may do in a minute.
    """

    sender: KeptMail = field(default_factory=KeptMail)
    work: LaterWork = field(default_factory=LaterWork)
    secrets: CountedSecrets = field(default_factory=CountedSecrets)
    failures: MemoryFailures = field(default_factory=MemoryFailures)
    numbers: dict[str, int] = field(
        default_factory=lambda: dict.fromkeys((LOGIN_LIMIT, REGISTER, RECOVERY, OTHER), 1000)
    )

    def rates(self, clock: FixedClock) -> AddressRates:
        return AddressRates.of(clock, self.numbers)


SETUP_TOKEN = DerivedSetupToken(b"k" * 32)


@dataclass
class Service:
    http: httpx.AsyncClient
    clock: FixedClock
    users: MemoryUsers
    mailing: Mailing
    callers: Callers

    async def register(self, **changed: Any) -> httpx.Response:
        return await self.http.post("/api/v1/auth/register", json={**ADA, **changed})

    async def login(self, **changed: Any) -> httpx.Response:
        return await self.http.post("/api/v1/auth/login", json={**LOGIN, **changed})

    async def me(self, token: str, path: str = "/api/v1/auth/me") -> httpx.Response:
        return await self.http.get(path, headers={"Authorization": f"Bearer {token}"})


def recovery_of(
    users: MemoryUsers, clock: FixedClock, hasher: PlainHasher, guard: SignInGuard, callers: Any, mailing: Mailing
) -> Recovery:
    accounts = MemoryOwnAccounts(users, mailing.failures)
    post = PostOffice(mailing.sender, mailing.work, mailing.sender)
    check = PasswordCheck(users, hasher, guard.failures, guard.policy, clock)
    letters = ResetLetters(accounts, mailing.secrets, mailing.sender, clock, 1800.0, "https://chat.example.org")
    return Recovery(
        ForgotPasswordHandler(users, letters, mailing.work, mailing.sender, lambda: 0.0),
        ResetPasswordHandler(accounts, NewPasswords(hasher), callers, post, clock),
        ChangePasswordHandler(check, accounts, NewPasswords(hasher), callers, post, clock),
        UpdateProfileHandler(users, check, accounts, callers, post, clock),
        letters,
    )


def sessions_of(
    sessions: MemorySessions, opener: SessionOpener, callers: Callers, clock: FixedClock
) -> SessionUseCases:
    revocation = SessionRevocation(sessions, callers, clock)
    return SessionUseCases(
        RefreshSessionHandler(opener, revocation),
        SignOutHandler(sessions, revocation, clock),
        ListSessionsHandler(sessions, clock),
        RevokeSessionHandler(sessions, revocation, clock),
        RevokeOtherSessionsHandler(revocation, clock),
    )


def invitations_of(invitations: MemoryInvitations, policy: RegistrationPolicy, clock: FixedClock) -> InvitationUseCases:
    create = CreateInvitationHandler(
        policy, invitations, MemoryRoles(), CountedSecrets(), clock, CountedIds(), mail=None
    )
    return InvitationUseCases(
        create, RevokeInvitationHandler(invitations, clock), ListInvitationsHandler(invitations, clock)
    )


def app_of(
    users: MemoryUsers,
    clock: FixedClock,
    policy: RegistrationPolicy,
    mailing: Mailing | None = None,
    cookies: RefreshCookies | None = None,
) -> tuple[Litestar, Callers]:
    """The routes, and what verifies tokens for them."""
    ids, hasher, sessions, cookies = CountedIds(), PlainHasher(), MemorySessions(users), cookies or RefreshCookies()
    mailing = mailing or Mailing()
    guard = SignInGuard(mailing.failures, SignInPolicy(), clock)
    tokens = JwtAccessTokens(GivenKeys(SigningKeys.of(b"k" * 32)), clock, ids)
    callers = Callers(AccessTokenCallers(tokens, sessions, MemoryRoles(), clock), clock)
    opener = SessionOpener(sessions, tokens, RandomSecrets(), clock, ids)
    use_cases = sessions_of(sessions, opener, callers, clock)
    accounts = NewAccounts(users, hasher, clock, ids, ListedPasswords("dragon"))
    invitations = MemoryInvitations(users)
    register = RegisterUserHandler(policy, accounts, invitations, opener)
    set_up = SetUpFirstAdminHandler(
        SETUP_TOKEN, WrongTries(clock), accounts, MemoryFirstAdmins(users), opener, MemoryTrail()
    )
    api = Router(path="/api/v1", route_handlers=[invitations_router(invitations_of(invitations, policy, clock))])
    own = [api, ProfileController, PasswordController, sessions_router(use_cases)]
    signed_in = Router(path="/", route_handlers=own, middleware=[authenticated(callers)])
    recovery = recovery_of(users, clock, hasher, guard, callers, mailing)
    app = Litestar(
        [
            AuthController,
            RecoveryController,
            setup_router(set_up, cookies),
            refresh_router(use_cases, callers, cookies),
            signed_in,
        ],
        dependencies={
            "register_user": Provide(lambda: register, sync_to_thread=False),
            "sign_in": Provide(lambda: SignInHandler(users, hasher, opener, clock, guard), sync_to_thread=False),
            "get_profile": Provide(lambda: GetProfileHandler(users), sync_to_thread=False),
            "actor": Provide(provide_actor, sync_to_thread=False),
            "origin": Provide(ORIGINS.provide, sync_to_thread=False),
            "refresh_cookies": Provide(lambda: cookies, sync_to_thread=False),
            **recovery_dependencies(recovery),
        },
        middleware=[limited_by_address(mailing.rates(clock), ORIGINS.address)],
        exception_handlers={Refusal: refused, HTTPException: rejected, Exception: failed},
        request_class=StrictRequest,
        logging_config=None,
    )
    return app, callers


@asynccontextmanager
async def serving(policy: RegistrationPolicy, mailing: Mailing) -> AsyncIterator[Service]:
    """The routes behind their edge."""
    users, clock = MemoryUsers(), FixedClock()
    app, callers = app_of(users, clock, policy, mailing)
    edge = Edge(app, new_id=CountedIds().new, log=lambda *_: None, limits=FixedLimits("v=1"))
    transport = httpx.ASGITransport(edge)
    async with httpx.AsyncClient(transport=transport, base_url="http://test.invalid") as http:
        yield Service(http, clock, users, mailing, callers)
