"""The identity module, joined to its adapters; the server and the command line both use it."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass

from ollamanet.application.identity.accounts import NewAccounts
from ollamanet.application.identity.commands.create_user import CreateUserHandler
from ollamanet.application.identity.commands.register_user import RegisterUserHandler
from ollamanet.application.identity.commands.sign_in import SignInHandler
from ollamanet.application.identity.queries.get_profile import GetProfileHandler
from ollamanet.application.identity.queries.list_users import ListUsersHandler
from ollamanet.application.identity.session_opener import SessionOpener
from ollamanet.application.identity.session_revocation import SessionRevocation
from ollamanet.bootstrap.sessions_wiring import wire_sessions
from ollamanet.bootstrap.settings import IdentitySettings, Settings
from ollamanet.bootstrap.storage import StartRefused, Storage, open_storage
from ollamanet.domain.identity.user import RegistrationPolicy
from ollamanet.infrastructure.identity.argon2_hasher import Argon2Hasher, Argon2Parameters
from ollamanet.infrastructure.identity.built_in_roles import BuiltInRoles
from ollamanet.infrastructure.identity.callers import Callers
from ollamanet.infrastructure.identity.sql_users import SqlUsers
from ollamanet.infrastructure.kernel.system_clock import SystemClock, UuidV7Ids
from ollamanet.interfaces.identity.refresh_cookie import RefreshCookies
from ollamanet.interfaces.identity.session_routes import SessionUseCases


@dataclass(frozen=True, slots=True)
class Identity:
    """The use cases of the identity module, and what verifies its tokens."""

    register_user: RegisterUserHandler
    sign_in: SignInHandler
    get_profile: GetProfileHandler
    create_user: CreateUserHandler
    list_users: ListUsersHandler
    callers: Callers
    session_opener: SessionOpener
    session_revocation: SessionRevocation
    sessions: SessionUseCases
    refresh_cookies: RefreshCookies


@contextmanager
def wire_identity(settings: Settings, storage: Storage) -> Iterator[Identity]:
    """Join it; the threads that hash passwords end with the context.

    Raises:
        UnusableSigningKey: the key cannot be used; the message says why.
    """
    clock, ids = SystemClock(), UuidV7Ids()
    users = SqlUsers(storage.database, storage.writer)
    signing = wire_sessions(settings, storage, BuiltInRoles(), clock, ids)
    hasher = Argon2Hasher(_parameters(settings.identity).hasher())
    accounts = NewAccounts(users, hasher, clock, ids)
    policy = RegistrationPolicy(settings.identity.registration)
    try:
        yield Identity(
            register_user=RegisterUserHandler(policy, accounts, signing.opener),
            sign_in=SignInHandler(users, hasher, signing.opener, clock),
            get_profile=GetProfileHandler(users),
            create_user=CreateUserHandler(accounts),
            list_users=ListUsersHandler(users),
            callers=signing.callers,
            session_opener=signing.opener,
            session_revocation=signing.revocation,
            sessions=signing.use_cases,
            refresh_cookies=signing.cookies,
        )
    finally:
        hasher.close()


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
        async with open_storage(self.settings) as storage:
            with wire_identity(self.settings, storage) as identity:
                yield identity
