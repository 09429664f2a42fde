"""The identity module, joined to its adapters; the server and the command line both use it."""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import dataclass
from typing import Final

from litestar import Router
from prometheus_client import CollectorRegistry

from ollamanet.application.identity.accounts import NewAccounts
from ollamanet.application.identity.address_rates import AddressRates
from ollamanet.application.identity.commands.create_invitation import CreateInvitationHandler
from ollamanet.application.identity.commands.purge_expired_users import PurgeExpiredUsersHandler
from ollamanet.application.identity.commands.sign_in import SignInHandler
from ollamanet.application.identity.invitation_letters import InvitationLetters
from ollamanet.application.identity.mail import MailMeter, PostOffice
from ollamanet.application.identity.new_passwords import NewPasswords
from ollamanet.application.identity.queries.find_setup_token import FindSetupTokenHandler
from ollamanet.application.identity.queries.get_profile import GetProfileHandler
from ollamanet.application.identity.sign_in_guard import SignInGuard
from ollamanet.application.kernel.background import Background
from ollamanet.bootstrap.keys_wiring import Keys, wire_keys
from ollamanet.bootstrap.oidc_wiring import wire_oidc
from ollamanet.bootstrap.own_data_wiring import own_data_routes
from ollamanet.bootstrap.recovery_wiring import Recovery, address_rates, mail_sender, sign_in_guard, wire_recovery
from ollamanet.bootstrap.sessions_wiring import wire_sessions
from ollamanet.bootstrap.settings import IdentitySettings, Settings
from ollamanet.bootstrap.sign_up_wiring import SignUp, wire_sign_up
from ollamanet.bootstrap.storage import StartRefused, Storage, open_storage
from ollamanet.bootstrap.user_admin_wiring import wire_user_admin
from ollamanet.domain.identity.user import RegistrationPolicy
from ollamanet.infrastructure.identity.argon2_hasher import Argon2Hasher, Argon2Parameters
from ollamanet.infrastructure.identity.callers import Callers
from ollamanet.infrastructure.identity.common_passwords import BundledCommonPasswords
from ollamanet.infrastructure.identity.mail_metrics import MailMetrics
from ollamanet.infrastructure.identity.sql_roles import SqlRoles
from ollamanet.infrastructure.identity.sql_users import SqlUsers
from ollamanet.infrastructure.kernel.background_jobs import BackgroundJobs
from ollamanet.infrastructure.kernel.system_clock import SystemClock, UuidV7Ids
from ollamanet.interfaces.identity.external_routes import ExternalSignIn
from ollamanet.interfaces.identity.refresh_cookie import RefreshCookies
from ollamanet.interfaces.identity.session_routes import SessionUseCases
from ollamanet.interfaces.identity.user_admin_cases import UserAdminCases

MAILS_AT_ONCE: Final = 64


@dataclass(frozen=True, slots=True)
class Identity:
    """The use cases of the identity module, and what verifies its tokens.

    Attributes:
        guard: stands before passwords; ends locks, for administrators.
        rates: what each address may do.
        own_data: the routes by which somebody takes his data along, or leaves.
    """

    sign_up: SignUp
    sign_in: SignInHandler
    get_profile: GetProfileHandler
    user_admin: UserAdminCases
    purge_expired: PurgeExpiredUsersHandler
    callers: Callers
    sessions: SessionUseCases
    refresh_cookies: RefreshCookies
    guard: SignInGuard
    rates: AddressRates
    recovery: Recovery
    keys: Keys
    roles: SqlRoles
    own_data: Sequence[Router]
    external: ExternalSignIn | None

    @property
    def create_invitation(self) -> CreateInvitationHandler:
        """For the command line."""
        return self.sign_up.create_invitation

    @property
    def find_setup_token(self) -> FindSetupTokenHandler:
        """For the command line."""
        return self.sign_up.find_setup_token


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
    users = SqlUsers(storage.database, storage.writer)
    hasher = Argon2Hasher(_parameters(settings.identity).hasher())
    accounts = NewAccounts(users, hasher, clock, ids, BundledCommonPasswords())
    policy = RegistrationPolicy(settings.identity.registration)
    guard = sign_in_guard(settings, storage, clock)
    roles = SqlRoles(storage.database, clock)
    signing = wire_sessions(settings, storage, roles, clock, ids)
    callers, opener = signing.callers, signing.opener
    new_passwords = NewPasswords(hasher, accounts.common)
    keys = wire_keys(storage, users, roles, callers)
    callers.api_keys = keys.callers
    roles.changed = callers.forget_everyone
    with closing(hasher), mail_sender(settings, meter) as sender:
        post = PostOffice(sender, mailing, meter)
        recovery = wire_recovery(settings, storage, users, new_passwords, guard, callers, post)
        invitations, resets = (
            (InvitationLetters(sender, settings.mail.public_url), recovery.letters)
            if settings.mail.smtp_url
            else (None, None)
        )
        user_admin, purge_expired = wire_user_admin(storage, users, new_passwords, roles, callers, resets)
        yield Identity(
            sign_up=wire_sign_up(storage, policy, accounts, opener, roles, signing.keys.now().current, invitations),
            sign_in=SignInHandler(users, hasher, opener, clock, guard),
            get_profile=GetProfileHandler(users),
            user_admin=user_admin,
            purge_expired=purge_expired,
            callers=callers,
            sessions=signing.use_cases,
            refresh_cookies=signing.cookies,
            guard=guard,
            rates=address_rates(settings, clock),
            recovery=recovery,
            keys=keys,
            own_data=own_data_routes(storage, users, recovery.change_password.check, callers),
            roles=roles,
            external=wire_oidc(settings, storage, users, hasher, signing),
        )


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

    @asynccontextmanager
    async def api_keys(self) -> AsyncIterator[Keys]:
        """The same, for the use cases of API keys."""
        async with self.identity() as identity:
            yield identity.keys
