"""Routes of roles, for those who may change them."""

from dataclasses import dataclass
from typing import Annotated, Any

from litestar import Controller, Request, Router, delete, get, patch, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, QueryParameter
from msgspec import UNSET

from ollamanet.application.identity.administration import Administrator
from ollamanet.application.identity.commands.change_role import ChangeRole, ChangeRoleHandler
from ollamanet.application.identity.commands.create_role import CreateRole, CreateRoleHandler
from ollamanet.application.identity.commands.delete_role import DeleteRole, DeleteRoleHandler
from ollamanet.application.identity.queries.list_roles import ListRolesHandler
from ollamanet.domain.identity.role_rules import NAME_LENGTH
from ollamanet.interfaces.identity.role_schemas import ChangeRoleBody, CreateRoleBody, RolePage, RoleView
from ollamanet.interfaces.kernel.auth import actor_of
from ollamanet.interfaces.kernel.openapi import json_body, problems
from ollamanet.interfaces.kernel.origin import provide_origin
from ollamanet.interfaces.kernel.paging import PageNumber, PageSize, page_request

AnyRequest = Request[Any, Any, Any]

_NIGHT = {
    "name": "Night watch",
    "permissions": ["chat", "models:read", "system:read"],
    "description": "looks at the queue at night",
    "limits": {"concurrency": 2, "models": ["llama3.2"]},
}
CreateData = Annotated[CreateRoleBody, json_body("may look at the system, and ask one model", _NIGHT)]
ChangeData = Annotated[ChangeRoleBody, json_body("more at once", {"limits": {"concurrency": 4}})]
Instead = Annotated[
    str | None, QueryParameter(name="reassign", max_length=NAME_LENGTH, description="the role that its holders get")
]


@dataclass(frozen=True, slots=True)
class RoleUseCases:
    """What is done with roles; each checks the permission."""

    listed: ListRolesHandler
    create: CreateRoleHandler
    change: ChangeRoleHandler
    delete: DeleteRoleHandler


UseCases = NamedDependency[RoleUseCases]


class RolesController(Controller):
    """Roles, by their names in any case."""

    path = "/admin/roles"
    tags = ("admin",)

    @get("/", operation_id="listRoles", summary="All roles, and how many have each", responses=problems(400, 401, 403))
    async def roles(
        self, request: AnyRequest, roles: UseCases, page: PageNumber = 1, page_size: PageSize = 20
    ) -> RolePage:
        """The built-in ones first, then by name."""
        found = await roles.listed.page(_editor(request), page_request(page, page_size))
        return RolePage([RoleView.of(each) for each in found.items], found.page, found.page_size, found.total)

    @get("/{name:str}", operation_id="getRole", summary="One role", responses=problems(401, 403, 404))
    async def role(self, request: AnyRequest, roles: UseCases, name: FromPath[str]) -> RoleView:
        """With the number of those who have it."""
        return RoleView.of(await roles.listed.one(_editor(request), name))

    @post(
        "/",
        operation_id="createRole",
        summary="Make a role; it allows no more than you may do yourself",
        responses=problems(400, 401, 403, 409, 413),
    )
    async def created(self, request: AnyRequest, roles: UseCases, data: CreateData) -> RoleView:
        """Numbers among its limits need `system:write` too."""
        command = CreateRole(
            _editor(request), data.name, frozenset(data.permissions), data.description, data.given_limits()
        )
        return RoleView.of(await roles.listed.held(await roles.create(command)))

    @patch(
        "/{name:str}",
        operation_id="changeRole",
        summary="Change what a role allows, or says of limits; holds within 5 s",
        responses=problems(400, 401, 403, 404, 409, 413),
    )
    async def changed(self, request: AnyRequest, roles: UseCases, name: FromPath[str], data: ChangeData) -> RoleView:
        """Only what is sent changes; of a built-in role only its limits can."""
        command = ChangeRole(
            _editor(request),
            name,
            None if data.description is UNSET else data.description,
            None if data.permissions is UNSET else frozenset(data.permissions),
            data.limits.said(),
        )
        return RoleView.of(await roles.listed.held(await roles.change(command)))

    @delete(
        "/{name:str}",
        operation_id="deleteRole",
        summary="Delete a role; one that somebody has only with `reassign`",
        responses=problems(400, 401, 403, 404, 409),
    )
    async def deleted(
        self, request: AnyRequest, roles: UseCases, name: FromPath[str], reassign: Instead = None
    ) -> None:
        """Accounts and open invitations that have it get the other role in the same moment."""
        await roles.delete(DeleteRole(_editor(request), name, reassign))


def _editor(request: AnyRequest) -> Administrator:
    return Administrator.of(actor_of(request), provide_origin(request))


def roles_router(use_cases: RoleUseCases) -> Router:
    """To be mounted under `/api/v1`, where callers are signed in."""
    provide = Provide(lambda: use_cases, sync_to_thread=False)
    return Router(path="/", route_handlers=[RolesController], dependencies={"roles": provide})
