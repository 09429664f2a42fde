"""Routes of replicas: for everybody who is signed in, and for administrators."""

from dataclasses import dataclass
from typing import Annotated, Any

from litestar import Request, Router, delete, get, post
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, QueryParameter

from ollamanet.application.inference.commands.add_replica import AddReplica, AddReplicaHandler
from ollamanet.application.inference.commands.drain_replica import DrainReplica, DrainReplicaHandler
from ollamanet.application.inference.commands.remove_replica import RemoveReplica, RemoveReplicaHandler
from ollamanet.application.inference.commands.restart_replica import RestartReplica, RestartReplicaHandler
from ollamanet.application.inference.commands.resume_replica import ResumeReplica, ResumeReplicaHandler
from ollamanet.application.inference.queries.inspect_replicas import InspectReplicas, InspectReplicasHandler
from ollamanet.application.inference.queries.list_replicas import ListReplicas, ListReplicasHandler
from ollamanet.application.kernel.audit import Origin
from ollamanet.interfaces.inference.replica_schemas import (
    AddReplicaBody,
    ReplicaAdminPage,
    ReplicaAdminView,
    ReplicaPage,
    ReplicaView,
)
from ollamanet.interfaces.kernel.auth import actor_of
from ollamanet.interfaces.kernel.openapi import json_body, problems
from ollamanet.interfaces.kernel.paging import PageNumber, PageSize, page_request
from ollamanet.interfaces.kernel.request_info import info_of

AnyRequest = Request[Any, Any, Any]
Force = Annotated[bool, QueryParameter(name="force", description="cut what runs on it instead of letting it end")]
AddData = Annotated[
    AddReplicaBody, json_body("a second GPU", {"url": "http://127.0.0.1:11435", "name": "gpu2", "slots": 2})
]


@dataclass(frozen=True, slots=True)
class ReplicaUseCases:
    """What the routes do."""

    list_replicas: ListReplicasHandler
    inspect: InspectReplicasHandler
    add: AddReplicaHandler
    drain: DrainReplicaHandler
    resume: ResumeReplicaHandler
    restart: RestartReplicaHandler
    remove: RemoveReplicaHandler


def replica_routers(cases: ReplicaUseCases) -> list[Router]:
    """`/system/replicas` and `/admin/replicas`, to be mounted below `/api/v1` where callers are signed in."""
    return [_open_router(cases.list_replicas), _admin_router(cases)]


def _open_router(list_replicas: ListReplicasHandler) -> Router:
    @get("/", operation_id="listReplicas", summary="The replicas, and how busy they are", responses=problems(400, 401))
    async def replicas(request: AnyRequest, page: PageNumber = 1, page_size: PageSize = 20) -> ReplicaPage:
        found = await list_replicas(ListReplicas(actor_of(request), page_request(page, page_size)))
        return ReplicaPage([ReplicaView.of(each) for each in found.items], found.page, found.page_size, found.total)

    return Router(path="/system/replicas", route_handlers=[replicas], tags=["system"])


def _admin_router(cases: ReplicaUseCases) -> Router:
    handlers = [*_membership_routes(cases), *_state_routes(cases)]
    return Router(path="/admin/replicas", route_handlers=handlers, tags=["admin"])


async def _seen(cases: ReplicaUseCases, request: AnyRequest, name: str) -> ReplicaAdminView:
    """The replica as it is now, for who was let change it; the request's log line says which it was."""
    overview = await cases.inspect.changed(name)
    info_of(request.scope).facts["replica"] = overview.status.id
    return ReplicaAdminView.of_overview(overview)


def _membership_routes(cases: ReplicaUseCases) -> list[HTTPRouteHandler]:
    @get(
        "/",
        operation_id="inspectReplicas",
        summary="The replicas, with addresses, reasons and restarts",
        responses=problems(400, 401, 403),
    )
    async def inspect(request: AnyRequest, page: PageNumber = 1, page_size: PageSize = 20) -> ReplicaAdminPage:
        found = await cases.inspect(InspectReplicas(actor_of(request), page_request(page, page_size)))
        views = [ReplicaAdminView.of_overview(each) for each in found.items]
        return ReplicaAdminPage(views, found.page, found.page_size, found.total)

    @post(
        "/",
        operation_id="addReplica",
        summary="Add a replica",
        status_code=201,
        response_description="The replica, which gets work as soon as it has answered.",
        responses=problems(400, 401, 403, 409, 413),
    )
    async def add(request: AnyRequest, data: AddData, origin: NamedDependency[Origin]) -> ReplicaAdminView:
        command = AddReplica(
            actor_of(request),
            data.url,
            data.name,
            data.slots,
            data.weight,
            tuple(data.models),
            data.token,
            origin=origin,
        )
        return await _seen(cases, request, await cases.add(command))

    @delete(
        "/{replica:str}",
        operation_id="removeReplica",
        summary="Remove a replica that was added here; answers under way go on to their end, or are cut by `force`",
        responses=problems(400, 401, 403, 404, 409),
    )
    async def remove(
        request: AnyRequest, replica: FromPath[str], origin: NamedDependency[Origin], *, force: Force = False
    ) -> None:
        command = RemoveReplica(actor_of(request), replica, force, origin=origin)
        info_of(request.scope).facts["replica"] = await cases.remove(command)

    return [inspect, add, remove]


def _state_routes(cases: ReplicaUseCases) -> list[HTTPRouteHandler]:
    @post(
        "/{replica:str}/drain",
        operation_id="drainReplica",
        summary="Let a replica finish what it has, and give it nothing new",
        status_code=200,
        responses=problems(401, 403, 404),
    )
    async def drain(request: AnyRequest, replica: FromPath[str], origin: NamedDependency[Origin]) -> ReplicaAdminView:
        await cases.drain(DrainReplica(actor_of(request), replica, origin=origin))
        return await _seen(cases, request, replica)

    @post(
        "/{replica:str}/resume",
        operation_id="resumeReplica",
        summary="Let a drained replica work again",
        status_code=200,
        responses=problems(401, 403, 404),
    )
    async def resume(request: AnyRequest, replica: FromPath[str], origin: NamedDependency[Origin]) -> ReplicaAdminView:
        await cases.resume(ResumeReplica(actor_of(request), replica, origin=origin))
        return await _seen(cases, request, replica)

    @post(
        "/{replica:str}/restart",
        operation_id="restartReplica",
        summary="Start a replica again; what runs on it is cut",
        status_code=202,
        response_description="The restart has begun; `recovery` tells how it goes.",
        responses=problems(401, 403, 404, 409),
    )
    async def restart(request: AnyRequest, replica: FromPath[str], origin: NamedDependency[Origin]) -> ReplicaAdminView:
        await cases.restart(RestartReplica(actor_of(request), replica, origin=origin))
        return await _seen(cases, request, replica)

    return [drain, resume, restart]
