"""`/admin/users`: accounts, for administrators."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Response, Router, delete, get, patch, post
from litestar.di import NamedDependency, Provide
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from msgspec import UNSET

from ollamanet.application.identity.administration import Administrator
from ollamanet.application.identity.administration_ports import UserSearch
from ollamanet.application.identity.commands.change_user import ChangeUser
from ollamanet.application.identity.commands.create_user import CreateUser
from ollamanet.application.identity.commands.soft_delete_user import SoftDeleteUser
from ollamanet.application.identity.queries.inspect_user import InspectUser
from ollamanet.application.identity.queries.search_users import SearchUsers
from ollamanet.application.kernel.actor import Actor
from ollamanet.application.kernel.audit import Origin
from ollamanet.domain.identity.account_states import version_of
from ollamanet.domain.identity.user import UserStatus
from ollamanet.domain.kernel.ids import UserId
from ollamanet.interfaces.identity.said_limits_schemas import SaidLimitsBody
from ollamanet.interfaces.identity.user_admin_cases import UserAdminCases
from ollamanet.interfaces.identity.user_admin_queries import IfMatch, provide_search, provide_times, versions_from
from ollamanet.interfaces.identity.user_admin_schemas import (
    AdministeredPage,
    AdministeredView,
    ChangeUserBody,
    CreatedUserView,
    CreateUserBody,
    OverviewView,
)
from ollamanet.interfaces.identity.user_status_routes import status_routes
from ollamanet.interfaces.kernel.openapi import json_body, problems
from ollamanet.interfaces.kernel.paging import PageNumber, PageSize, page_request

Who = NamedDependency[Actor]
From = NamedDependency[Origin]
CreateData = Annotated[
    CreateUserBody, json_body("with a password made here", {"email": "bob@example.org", "username": "bob"})
]
ChangeData = Annotated[
    ChangeUserBody, json_body("fewer requests", {"limits": {"requests_per_minute": 10, "models": ["llama3.2"]}})
]


def user_admin_router(cases: UserAdminCases) -> Router:
    """To be mounted below `/api/v1` where callers are signed in."""
    handlers = [_list_route(cases), *_account_routes(cases), *_changing_routes(cases), *status_routes(cases)]
    return Router(path="/admin/users", route_handlers=handlers, tags=["admin"])


def _list_route(cases: UserAdminCases) -> HTTPRouteHandler:
    @get(
        "/",
        operation_id="listUsers",
        summary="All accounts: search, filter, sort",
        responses=problems(400, 401, 403),
        dependencies={
            "times": Provide(provide_times, sync_to_thread=False),
            "wanted": Provide(provide_search, sync_to_thread=False),
        },
    )
    async def users(
        actor: Who,
        origin: From,
        wanted: NamedDependency[UserSearch],
        page: PageNumber = 1,
        page_size: PageSize = 20,
    ) -> AdministeredPage:
        found = await cases.search(SearchUsers(Administrator.of(actor, origin), page_request(page, page_size), wanted))
        views = [AdministeredView.of(each) for each in found.items]
        return AdministeredPage(views, found.page, found.page_size, found.total)

    return users


def _account_routes(cases: UserAdminCases) -> list[HTTPRouteHandler]:
    @post(
        "/",
        operation_id="createUser",
        summary="Make an account for somebody",
        status_code=201,
        response_description="The account, and its password if that was made here.",
        responses=problems(400, 401, 403, 409, 413),
    )
    async def create(actor: Who, origin: From, data: CreateData) -> CreatedUserView:
        password = None if data.password is UNSET else data.password
        command = CreateUser(Administrator.of(actor, origin), data.email, data.username, password, data.roles)
        return CreatedUserView.of_created(await cases.create(command))

    @get(
        "/{user_id:uuid}",
        operation_id="getUser",
        summary="One account, with what belongs to it",
        responses=problems(401, 403, 404),
    )
    async def one(actor: Who, origin: From, user_id: FromPath[UUID]) -> Response[OverviewView]:
        found = await cases.inspect(InspectUser(Administrator.of(actor, origin), UserId(user_id)))
        return Response(OverviewView.of_overview(found), headers={"ETag": f'"{version_of(found.user)}"'})

    return [create, one]


def _changing_routes(cases: UserAdminCases) -> list[HTTPRouteHandler]:
    @patch(
        "/{user_id:uuid}",
        operation_id="changeUser",
        summary="Change names, roles, status or limits",
        responses=problems(400, 401, 403, 404, 409, 413),
    )
    async def change(
        actor: Who, origin: From, user_id: FromPath[UUID], data: ChangeData, if_match: IfMatch = None
    ) -> Response[AdministeredView]:
        command = _change_from(Administrator.of(actor, origin), user_id, data, if_match)
        changed = await cases.change(command)
        return Response(AdministeredView.of(changed), headers={"ETag": f'"{version_of(changed)}"'})

    @delete(
        "/{user_id:uuid}",
        operation_id="deleteUser",
        summary="Delete an account; it can be restored for 30 days",
        responses=problems(401, 403, 404, 409),
    )
    async def remove(actor: Who, origin: From, user_id: FromPath[UUID]) -> None:
        await cases.delete(SoftDeleteUser(Administrator.of(actor, origin), UserId(user_id)))

    return [change, remove]


def _change_from(by: Administrator, user_id: UUID, data: ChangeUserBody, if_match: str | None) -> ChangeUser:
    limits: dict[str, Any] = {}
    if data.limits is None:
        limits = dict.fromkeys(SaidLimitsBody.__struct_fields__)
    elif data.limits is not UNSET:
        limits = {name: value for name, value in msgspec.structs.asdict(data.limits).items() if value is not UNSET}
    return ChangeUser(
        by,
        UserId(user_id),
        email=None if data.email is UNSET else data.email,
        username=None if data.username is UNSET else data.username,
        roles=None if data.roles is UNSET else data.roles,
        status=None if data.status is UNSET else UserStatus(data.status),
        limits=limits,
        if_versions=versions_from(if_match),
    )
