"""The identity module, joined to its adapters; the server and the command line both use it."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import dataclass
from typing import Final

from prometheus_client import CollectorRegistry

from ollamanet.application.identity.accounts import NewAccounts, SignedIn
from ollamanet.application.identity.address_rates import AddressRates
from ollamanet.application.identity.commands.purge_expired_users import PurgeExpiredUsersHandler
from ollamanet.application.identity.commands.register_user import RegisterUserHandler
from ollamanet.application.identity.commands.sign_in import SignInHandler
from ollamanet.application.identity.mail import MailMeter, PostOffice
from ollamanet.application.identity.queries.get_profile import GetProfileHandler
from ollamanet.application.identity.sign_in_guard import SignInGuard
from ollamanet.application.kernel.audit import Origin
from ollamanet.application.kernel.background import Background
from ollamanet.bootstrap.oidc_wiring import wire_oidc
from ollamanet.bootstrap.recovery_wiring import Recovery, address_rates, mail_sender, sign_in_guard, wire_recovery
from ollamanet.bootstrap.settings import IdentitySettings, Settings
from ollamanet.bootstrap.storage import StartRefused, Storage, open_storage
from ollamanet.bootstrap.user_admin_wiring import wire_user_admin
from ollamanet.domain.identity.user import RegistrationPolicy, User
from ollamanet.infrastructure.identity.argon2_hasher import Argon2Hasher, Argon2Parameters
from ollamanet.infrastructure.identity.built_in_roles import BuiltInRoles
from ollamanet.infrastructure.identity.jwt_access_tokens import JwtAccessTokens
from ollamanet.infrastructure.identity.mail_metrics import MailMetrics
from ollamanet.infrastructure.identity.signing_keys import SigningKeys
from ollamanet.infrastructure.identity.sql_users import SqlUsers
from ollamanet.infrastructure.identity.verified_tokens import VerifiedTokens
from ollamanet.infrastructure.kernel.background_jobs import BackgroundJobs
from ollamanet.infrastructure.kernel.system_clock import SystemClock, UuidV7Ids
from ollamanet.interfaces.identity.external_routes import ExternalSignIn
from ollamanet.interfaces.identity.user_admin_cases import UserAdminCases

MAILS_AT_ONCE: Final = 64


@dataclass(frozen=True, slots=True)
class Identity:
    """The use cases of the identity module, and what verifies its tokens.

    Attributes:
        guard: stands before passwords; ends locks, for administrators.
        rates: what each address may do.
    """

    register_user: RegisterUserHandler
    sign_in: SignInHandler
    get_profile: GetProfileHandler
    user_admin: UserAdminCases
    purge_expired: PurgeExpiredUsersHandler
    tokens: JwtAccessTokens
    guard: SignInGuard
    rates: AddressRates
    recovery: Recovery
    external: ExternalSignIn | None


@contextmanager
def wire_identity(settings: Settings, storage: Storage, mailing: Background, meter: MailMeter) -> Iterator[Identity]:
    """Join it; the threads that hash passwords and send mail end with the context.

    Args:
        settings: all of them.
        storage: where accounts are.
        mailing: brings mail beside the requests.
        meter: counts it.

    Raises:
        UnusableSigningKey: the key cannot be used; the message says why.
    """
    clock, ids = SystemClock(), UuidV7Ids()
    keys = SigningKeys.load(settings.server.data_dir, settings.identity.signing_key)
    verified = VerifiedTokens(clock)
    tokens = JwtAccessTokens(keys, clock, ids, verified, lifetime=settings.identity.access_token_s)
    users = SqlUsers(storage.database, storage.writer)
    hasher = Argon2Hasher(_parameters(settings.identity).hasher())
    accounts = NewAccounts(users, hasher, clock, ids)
    policy = RegistrationPolicy(settings.identity.registration)
    user_admin, purge_expired = wire_user_admin(storage, users, hasher, BuiltInRoles(), verified)
    guard = sign_in_guard(settings, storage, clock)
    with closing(hasher), mail_sender(settings, meter) as sender:
        post = PostOffice(sender, mailing, meter)
        yield Identity(
            register_user=RegisterUserHandler(policy, accounts, tokens),
            sign_in=SignInHandler(users, hasher, tokens, clock, guard),
            get_profile=GetProfileHandler(users),
            user_admin=user_admin,
            purge_expired=purge_expired,
            tokens=tokens,
            guard=guard,
            rates=address_rates(settings, clock),
            recovery=wire_recovery(settings, storage, users, hasher, guard, tokens.verified, post),
            external=wire_oidc(settings, storage, users, hasher, _TokensOnly(tokens), lambda: keys, lambda *_: None),
        )


@dataclass(frozen=True, slots=True)
class _TokensOnly:
    """Signs in without a session."""

    tokens: JwtAccessTokens

    async def open(self, user: User, origin: Origin) -> SignedIn:  # noqa: ARG002 - of the port
        return SignedIn(user, self.tokens.issue(user))


def _parameters(settings: IdentitySettings) -> Argon2Parameters:
    try:
        return Argon2Parameters(settings.argon2_memory_kib, settings.argon2_time_cost, settings.argon2_parallelism)
    except ValueError as error:
        raise StartRefused(str(error)) from error


@dataclass(frozen=True, slots=True)
class IdentityCommands:
    """What the `users` commands run on."""

    settings: Settings

    @asynccontextmanager
    async def identity(self) -> AsyncIterator[Identity]:
        """Open the database, give the use cases, close it."""
        async with open_storage(self.settings) as storage, BackgroundJobs(limit=MAILS_AT_ONCE) as mailing:
            with wire_identity(self.settings, storage, mailing, MailMetrics(CollectorRegistry())) as identity:
                yield identity
