"""Routes of API keys: everybody's own, and those of others for administrators."""

from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from litestar import Request, Router, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from msgspec import UNSET, UnsetType

from ollamanet.application.identity.commands.change_api_key import ChangeApiKey, ChangeApiKeyHandler, To
from ollamanet.application.identity.commands.create_api_key import CreateApiKey, CreateApiKeyHandler
from ollamanet.application.identity.commands.revoke_api_key import RevokeApiKey, RevokeApiKeyHandler
from ollamanet.application.identity.queries.list_api_keys import ListApiKeys, ListApiKeysHandler
from ollamanet.application.kernel.actor import Actor
from ollamanet.application.kernel.audit import Origin
from ollamanet.domain.identity.api_key import ApiKeyId
from ollamanet.domain.kernel.caller_limits import NOTHING_SAID
from ollamanet.domain.kernel.ids import UserId
from ollamanet.interfaces.identity.api_key_schemas import (
    ApiKeyPage,
    ApiKeyView,
    ChangeKeyBody,
    CreatedKeyView,
    CreateKeyBody,
)
from ollamanet.interfaces.kernel.auth import actor_of
from ollamanet.interfaces.kernel.openapi import json_body, problems
from ollamanet.interfaces.kernel.paging import PageNumber, PageSize, page_request

AnyRequest = Request[Any, Any, Any]
_EXAMPLE = {"name": "nightly report", "scopes": ["chat"], "models": ["llama3.2"], "limits": {"concurrency": 1}}
CreateData = Annotated[CreateKeyBody, json_body("one that may ask one model", _EXAMPLE)]
ChangeData = Annotated[ChangeKeyBody, json_body("another name", {"name": "weekly report"})]


@dataclass(frozen=True, slots=True)
class ApiKeyUseCases:
    """What the routes do."""

    list: ListApiKeysHandler
    create: CreateApiKeyHandler
    change: ChangeApiKeyHandler
    revoke: RevokeApiKeyHandler


def api_key_routers(cases: ApiKeyUseCases) -> list[Router]:
    """`/auth/api-keys` and `/admin/users/{user_id}/api-keys`, to be mounted where callers are known."""
    return [_own_router(cases), _admin_router(cases)]


async def _page(cases: ApiKeyUseCases, actor: Actor, owner: UserId, page: int, page_size: int) -> ApiKeyPage:
    found = await cases.list(ListApiKeys(actor, owner, page_request(page, page_size)))
    return ApiKeyPage([ApiKeyView.of(each) for each in found.items], found.page, found.page_size, found.total)


def _own_router(cases: ApiKeyUseCases) -> Router:
    @get(
        "/",
        operation_id="listApiKeys",
        summary="Your API keys, the newest first",
        responses=problems(400, 401, 403, 429),
    )
    async def list_keys(request: AnyRequest, page: PageNumber = 1, page_size: PageSize = 20) -> ApiKeyPage:
        actor = actor_of(request)
        return await _page(cases, actor, actor.user_id, page, page_size)

    @post(
        "/",
        operation_id="createApiKey",
        summary="Make an API key",
        response_description="The key; its text is not shown again.",
        responses=problems(400, 401, 403, 409, 413, 429),
    )
    async def create(request: AnyRequest, data: CreateData, origin: NamedDependency[Origin]) -> CreatedKeyView:
        return CreatedKeyView.created(await cases.create(CreateApiKey(actor_of(request), data.wish(), origin)))

    @patch(
        "/{key_id:uuid}",
        operation_id="changeApiKey",
        summary="Change an API key's name, scopes, models, limits or expiry",
        responses=problems(400, 401, 403, 404, 409, 413, 429),
    )
    async def change(
        request: AnyRequest, key_id: FromPath[UUID], data: ChangeData, origin: NamedDependency[Origin]
    ) -> ApiKeyView:
        return ApiKeyView.of(await cases.change(_change(actor_of(request), ApiKeyId(key_id), data, origin)))

    @delete(
        "/{key_id:uuid}", operation_id="revokeApiKey", summary="End an API key", responses=problems(401, 403, 404, 429)
    )
    async def revoke(request: AnyRequest, key_id: FromPath[UUID], origin: NamedDependency[Origin]) -> None:
        actor = actor_of(request)
        await cases.revoke(RevokeApiKey(actor, actor.user_id, ApiKeyId(key_id), origin))

    return Router(path="/auth/api-keys", route_handlers=[list_keys, create, change, revoke], tags=["auth"])


def _change(actor: Actor, key_id: ApiKeyId, data: ChangeKeyBody, origin: Origin) -> ChangeApiKey:
    limits = data.limits
    return ChangeApiKey(
        actor,
        key_id,
        origin,
        name=None if isinstance(data.name, UnsetType) else data.name,
        scopes=None if isinstance(data.scopes, UnsetType) else frozenset(data.scopes),
        limits=None if isinstance(limits, UnsetType) else NOTHING_SAID if limits is None else limits.limits(),
        models=None if data.models is UNSET else To(data.models),
        expires_at=None if data.expires_at is UNSET else To(data.expires_at),
    )


def _admin_router(cases: ApiKeyUseCases) -> Router:
    @get(
        "/",
        operation_id="listApiKeysOfUser",
        summary="A user's API keys, the newest first",
        responses=problems(400, 401, 403, 404),
    )
    async def list_keys(
        request: AnyRequest, user_id: FromPath[UUID], page: PageNumber = 1, page_size: PageSize = 20
    ) -> ApiKeyPage:
        return await _page(cases, actor_of(request), UserId(user_id), page, page_size)

    @delete(
        "/{key_id:uuid}",
        operation_id="revokeApiKeyOfUser",
        summary="End a user's API key",
        responses=problems(401, 403, 404),
    )
    async def revoke(
        request: AnyRequest, user_id: FromPath[UUID], key_id: FromPath[UUID], origin: NamedDependency[Origin]
    ) -> None:
        await cases.revoke(RevokeApiKey(actor_of(request), UserId(user_id), ApiKeyId(key_id), origin))

    return Router(path="/admin/users/{user_id:uuid}/api-keys", route_handlers=[list_keys, revoke], tags=["admin"])
