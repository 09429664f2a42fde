"""API keys, joined to their adapters; the server and the command line both use them."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from litestar import Router

from ollamanet.application.identity.commands.change_api_key import ChangeApiKeyHandler
from ollamanet.application.identity.commands.create_api_key import CreateApiKeyForHandler, CreateApiKeyHandler
from ollamanet.application.identity.commands.revoke_api_key import RevokeApiKeyHandler
from ollamanet.application.identity.key_callers import KeyCallers
from ollamanet.application.identity.key_records import KeyAuthority
from ollamanet.application.identity.new_keys import NewKeys
from ollamanet.application.identity.ports import CallerCache, Roles, Users
from ollamanet.application.identity.queries.find_user import FindUserHandler
from ollamanet.application.identity.queries.list_api_keys import ListApiKeysHandler
from ollamanet.bootstrap.storage import Storage
from ollamanet.infrastructure.identity.key_use_recorder import KeyUseRecorder
from ollamanet.infrastructure.identity.sql_api_keys import SqlApiKeys
from ollamanet.infrastructure.kernel.system_clock import SystemClock, UuidV7Ids
from ollamanet.interfaces.identity.api_key_routes import ApiKeyUseCases, api_key_routers


@dataclass(frozen=True, slots=True)
class Keys:
    """The use cases of API keys.

    Attributes:
        callers: the `CallerSource` for tokens that begin with `onk_`.
    """

    callers: KeyCallers
    find_user: FindUserHandler
    create_api_key: CreateApiKeyHandler
    create_api_key_for: CreateApiKeyForHandler
    change_api_key: ChangeApiKeyHandler
    list_api_keys: ListApiKeysHandler
    revoke_api_key: RevokeApiKeyHandler
    uses: KeyUseRecorder

    @property
    def routes(self) -> list[Router]:
        """Of `/api/v1`, for callers who are known."""
        return api_key_routers(
            ApiKeyUseCases(self.list_api_keys, self.create_api_key, self.change_api_key, self.revoke_api_key)
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Store last uses while the context lasts."""
        async with self.uses.running():
            yield


def wire_keys(storage: Storage, users: Users, roles: Roles, known: CallerCache) -> Keys:
    """Join them; `known` is told at once when a key must not work any more."""
    clock = SystemClock()
    store = SqlApiKeys(storage.database, storage.writer)
    new_keys = NewKeys(store, clock, UuidV7Ids(), secrets.token_bytes)
    uses, authority = KeyUseRecorder(store), KeyAuthority(users, roles)
    return Keys(
        callers=KeyCallers(store, roles, uses, clock),
        find_user=FindUserHandler(users),
        create_api_key=CreateApiKeyHandler(new_keys),
        create_api_key_for=CreateApiKeyForHandler(new_keys, users, roles),
        change_api_key=ChangeApiKeyHandler(store, known, clock),
        list_api_keys=ListApiKeysHandler(store, authority),
        revoke_api_key=RevokeApiKeyHandler(store, authority, known, clock),
        uses=uses,
    )
