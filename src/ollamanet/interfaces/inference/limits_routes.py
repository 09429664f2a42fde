"""Routes of the limits: what holds for the caller, and what administrators make of it."""

from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any

from litestar import Controller, Request, Router, get, patch, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath
from msgspec import UNSET

from ollamanet.application.inference.commands.change_limit_version import ChangeLimitVersion, ChangeLimitVersionHandler
from ollamanet.application.inference.commands.create_limit_version import CreateLimitVersion, CreateLimitVersionHandler
from ollamanet.application.inference.commands.roll_back_limits import RollBackLimits, RollBackLimitsHandler
from ollamanet.application.inference.queries.get_limits import GetLimitsHandler, GetUsageHandler
from ollamanet.application.inference.queries.list_limit_versions import ListLimitVersionsHandler
from ollamanet.application.kernel.audit import Origin
from ollamanet.domain.inference.limit_rollout import Mode
from ollamanet.interfaces.inference.limits_presenters import (
    caller_limits_view,
    caller_usage_view,
    limit_set_from,
    percent_from,
    version_view,
)
from ollamanet.interfaces.inference.limits_schemas import (
    CallerLimitsView,
    CallerUsageView,
    LimitChangeBody,
    LimitVersionBody,
    LimitVersionPage,
    LimitVersionView,
    ServiceBounds,
)
from ollamanet.interfaces.kernel.auth import actor_of
from ollamanet.interfaces.kernel.openapi import json_body, problems
from ollamanet.interfaces.kernel.paging import PageNumber, PageSize, page_request

AnyRequest = Request[Any, Any, Any]

_STRICTER = {
    "mode": "canary",
    "percent": 5,
    "default": {"requests_per_minute": 30},
    "roles": {"Admin": {"requests_per_minute": 600, "tokens_per_day": None}},
    "note": "half the requests, for a twentieth of the users at first",
}
VersionData = Annotated[LimitVersionBody, json_body("a canary", _STRICTER)]
ChangeData = Annotated[LimitChangeBody, json_body("to more users", {"percent": 25})]


def limits_system_router(get_limits: GetLimitsHandler, get_usage: GetUsageHandler, bounds: ServiceBounds) -> Router:
    """What every caller may ask about himself; to be mounted under `/system`."""

    @get("/limits", operation_id="getLimits", summary="The limits that hold for you, and why", responses=problems(401))
    async def limits(request: AnyRequest) -> CallerLimitsView:
        return caller_limits_view(get_limits(actor_of(request)), bounds)

    @get("/usage", operation_id="getUsage", summary="What you have used of your limits", responses=problems(401))
    async def usage(request: AnyRequest) -> CallerUsageView:
        return caller_usage_view(get_usage(actor_of(request)))

    return Router(path="/system", route_handlers=[limits, usage], tags=["system"])


@dataclass(frozen=True, slots=True)
class LimitVersionUseCases:
    """What administrators do with versions; each checks the role."""

    listed: ListLimitVersionsHandler
    create: CreateLimitVersionHandler
    change: ChangeLimitVersionHandler
    roll_back: RollBackLimitsHandler


UseCases = NamedDependency[LimitVersionUseCases]


class LimitVersionsController(Controller):
    """Versions of the limits."""

    path = "/admin/limits"
    tags = ("admin",)

    @get(
        "/",
        operation_id="listLimitVersions",
        summary="All versions of the limits, the newest first",
        responses=problems(400, 401, 403),
    )
    async def versions(
        self, request: AnyRequest, limits: UseCases, page: PageNumber = 1, page_size: PageSize = 20
    ) -> LimitVersionPage:
        """The newest first; version 1 is what the settings say."""
        found = limits.listed.page(actor_of(request), page_request(page, page_size))
        return LimitVersionPage([version_view(each) for each in found.items], found.page, found.page_size, found.total)

    @get(
        "/{number:int}",
        operation_id="getLimitVersion",
        summary="One version of the limits",
        responses=problems(401, 403, 404),
    )
    async def version(self, request: AnyRequest, limits: UseCases, number: FromPath[int]) -> LimitVersionView:
        """With what was counted, if it is or was in shadow."""
        return version_view(limits.listed.one(actor_of(request), number))

    @post(
        "/",
        operation_id="createLimitVersion",
        summary="Make a version; it holds at once, as its mode says",
        responses=problems(400, 401, 403, 409, 413, 503),
    )
    async def created(
        self, request: AnyRequest, limits: UseCases, origin: NamedDependency[Origin], data: VersionData
    ) -> LimitVersionView:
        """What is left out is as in the version that is active now."""
        numbers, percent = partial(limit_set_from, data), percent_from(data)
        command = CreateLimitVersion(actor_of(request), numbers, Mode(data.mode), percent, data.note, origin=origin)
        return version_view(limits.listed.counted(await limits.create(command)))

    @patch(
        "/{number:int}",
        operation_id="changeLimitVersion",
        summary="Change what a version does, or for how many users",
        responses=problems(400, 401, 403, 404, 409, 413, 503),
    )
    async def changed(
        self,
        request: AnyRequest,
        limits: UseCases,
        origin: NamedDependency[Origin],
        number: FromPath[int],
        data: ChangeData,
    ) -> LimitVersionView:
        """The numbers of a version never change; make a new one for that."""
        mode = None if data.mode is UNSET else Mode(data.mode)
        percent = None if data.percent is UNSET else data.percent
        command = ChangeLimitVersion(actor_of(request), number, mode, percent, origin=origin)
        return version_view(limits.listed.counted(await limits.change(command)))

    @post(
        "/{number:int}/rollback",
        status_code=200,
        operation_id="rollBackLimits",
        summary="Take a version out of use; answers the one that is active now",
        responses=problems(401, 403, 404, 409, 503),
    )
    async def rolled_back(
        self, request: AnyRequest, limits: UseCases, origin: NamedDependency[Origin], number: FromPath[int]
    ) -> LimitVersionView:
        """If it was active, the one that was so before is active again, at last the settings."""
        command = RollBackLimits(actor_of(request), number, origin=origin)
        return version_view(limits.listed.counted(await limits.roll_back(command)))


def limits_admin_router(use_cases: LimitVersionUseCases) -> Router:
    """The routes for administrators, to be mounted under `/api/v1`."""
    provide = Provide(lambda: use_cases, sync_to_thread=False)
    return Router(path="/", route_handlers=[LimitVersionsController], dependencies={"limits": provide})
