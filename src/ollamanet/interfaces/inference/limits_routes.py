"""Routes of the limits: what holds for the caller, and what administrators make of it."""

from typing import Annotated, Any

from litestar import Request, Router, get, patch, post
from litestar.params import FromPath
from msgspec import UNSET

from ollamanet.application.inference.commands.change_limit_version import ChangeLimitVersion, ChangeLimitVersionHandler
from ollamanet.application.inference.commands.create_limit_version import CreateLimitVersion, CreateLimitVersionHandler
from ollamanet.application.inference.commands.roll_back_limits import RollBackLimits, RollBackLimitsHandler
from ollamanet.application.inference.queries.get_limits import GetLimitsHandler, GetUsageHandler
from ollamanet.application.inference.queries.list_limit_versions import ListLimitVersionsHandler
from ollamanet.domain.inference.limit_rollout import Mode
from ollamanet.domain.inference.limits import UserLimits
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


def limits_admin_router(
    listed: ListLimitVersionsHandler,
    create: CreateLimitVersionHandler,
    change: ChangeLimitVersionHandler,
    roll_back: RollBackLimitsHandler,
    settings: UserLimits,
) -> Router:
    """Versions of the limits, for administrators.

    Args:
        listed, create, change, roll_back: the use cases; they check the role.
        settings: from which a new version takes what it leaves out.
    """

    @get(
        "/",
        operation_id="listLimitVersions",
        summary="All versions of the limits, the newest first",
        responses=problems(400, 401, 403),
    )
    async def versions(request: AnyRequest, page: PageNumber = 1, page_size: PageSize = 20) -> LimitVersionPage:
        found = listed.page(actor_of(request), page_request(page, page_size))
        return LimitVersionPage([version_view(each) for each in found.items], found.page, found.page_size, found.total)

    @get(
        "/{number:int}",
        operation_id="getLimitVersion",
        summary="One version of the limits",
        responses=problems(401, 403, 404),
    )
    async def version(request: AnyRequest, number: FromPath[int]) -> LimitVersionView:
        return version_view(listed.one(actor_of(request), number))

    @post(
        "/",
        operation_id="createLimitVersion",
        summary="Make a version; it holds at once, as its mode says",
        responses=problems(400, 401, 403, 409, 413, 503),
    )
    async def created(request: AnyRequest, data: VersionData) -> LimitVersionView:
        limits, percent = limit_set_from(data, settings), percent_from(data)
        command = CreateLimitVersion(actor_of(request), limits, Mode(data.mode), percent, data.note)
        return version_view(listed.counted(await create(command)))

    @patch(
        "/{number:int}",
        operation_id="changeLimitVersion",
        summary="Change what a version does, or for how many users",
        responses=problems(400, 401, 403, 404, 409, 413, 503),
    )
    async def changed(request: AnyRequest, number: FromPath[int], data: ChangeData) -> LimitVersionView:
        mode = None if data.mode is UNSET else Mode(data.mode)
        percent = None if data.percent is UNSET else data.percent
        command = ChangeLimitVersion(actor_of(request), number, mode, percent)
        return version_view(listed.counted(await change(command)))

    @post(
        "/{number:int}/rollback",
        status_code=200,
        operation_id="rollBackLimits",
        summary="Take a version out of use; answers the one that is active now",
        responses=problems(401, 403, 404, 409, 503),
    )
    async def rolled_back(request: AnyRequest, number: FromPath[int]) -> LimitVersionView:
        return version_view(listed.counted(await roll_back(RollBackLimits(actor_of(request), number))))

    return Router(
        path="/admin/limits",
        route_handlers=[versions, version, created, changed, rolled_back],
        tags=["admin"],
    )
