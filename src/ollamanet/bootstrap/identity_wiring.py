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
from ollamanet.bootstrap.settings import IdentitySettings, Settings
from ollamanet.bootstrap.storage import StartRefused, Storage, open_storage
from ollamanet.domain.identity.user import RegistrationPolicy
from ollamanet.infrastructure.identity.argon2_hasher import Argon2Hasher, Argon2Parameters
from ollamanet.infrastructure.identity.jwt_access_tokens import JwtAccessTokens
from ollamanet.infrastructure.identity.signing_keys import SigningKeys
from ollamanet.infrastructure.identity.sql_roles import SqlRoles
from ollamanet.infrastructure.identity.sql_users import SqlUsers
from ollamanet.infrastructure.identity.verified_tokens import VerifiedTokens
from ollamanet.infrastructure.kernel.system_clock import SystemClock, UuidV7Ids


@dataclass(frozen=True, slots=True)
class Identity:
    """The use cases of the identity module, and what verifies its tokens."""

    register_user: RegisterUserHandler
    sign_in: SignInHandler
    get_profile: GetProfileHandler
    create_user: CreateUserHandler
    list_users: ListUsersHandler
    tokens: JwtAccessTokens
    roles: SqlRoles


@contextmanager
def wire_identity(settings: Settings, storage: Storage) -> Iterator[Identity]:
    """Join it; the threads that hash passwords end with the context.

    Raises:
        UnusableSigningKey: the key cannot be used; the message says why.
    """
    clock, ids = SystemClock(), UuidV7Ids()
    keys = SigningKeys.load(settings.server.data_dir, settings.identity.signing_key)
    tokens = JwtAccessTokens(keys, clock, ids, VerifiedTokens(clock), lifetime=settings.identity.access_token_s)
    users = SqlUsers(storage.database, storage.writer)
    hasher = Argon2Hasher(_parameters(settings.identity).hasher())
    accounts = NewAccounts(users, hasher, clock, ids)
    policy = RegistrationPolicy(settings.identity.registration)
    try:
        yield Identity(
            register_user=RegisterUserHandler(policy, accounts, tokens),
            sign_in=SignInHandler(users, hasher, tokens, clock),
            get_profile=GetProfileHandler(users),
            create_user=CreateUserHandler(accounts),
            list_users=ListUsersHandler(users),
            tokens=tokens,
            roles=SqlRoles(storage.database, clock),
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
