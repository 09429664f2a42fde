"""The limits of users and keys, joined to their adapters."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from litestar import Router

from ollamanet.application.inference.commands.change_limit_version import ChangeLimitVersionHandler
from ollamanet.application.inference.commands.create_limit_version import CreateLimitVersionHandler
from ollamanet.application.inference.commands.roll_back_limits import RollBackLimitsHandler
from ollamanet.application.inference.limit_book import LimitBook
from ollamanet.application.inference.queries.get_limits import GetLimitsHandler, GetUsageHandler
from ollamanet.application.inference.queries.list_limit_versions import ListLimitVersionsHandler
from ollamanet.bootstrap.settings import QueueSettings, Settings
from ollamanet.bootstrap.storage import Storage
from ollamanet.domain.inference.day_window import DayLedger, day_of
from ollamanet.domain.inference.limits import LimitSet, UserLimits
from ollamanet.infrastructure.inference.local_quota import LocalQuota
from ollamanet.infrastructure.inference.sql_day_uses import SqlDayUses
from ollamanet.infrastructure.inference.sql_limit_versions import SqlLimitVersions
from ollamanet.infrastructure.inference.usage_recorder import UsageRecorder
from ollamanet.infrastructure.kernel.system_clock import SystemClock
from ollamanet.interfaces.inference.limit_headers import CallerLimitHeaders
from ollamanet.interfaces.inference.limits_routes import LimitVersionUseCases, limits_admin_router, limits_system_router
from ollamanet.interfaces.inference.limits_schemas import ServiceBounds


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits in force.

    Attributes:
        quota: satisfies the port `Quota`.
        headers: for the edge.
        routes: of `/api/v1`, for signed-in callers.
    """

    book: LimitBook
    quota: LocalQuota
    headers: CallerLimitHeaders
    routes: Sequence[Router]


@asynccontextmanager
async def wire_limits(settings: Settings, storage: Storage) -> AsyncIterator[Limits]:
    """Read what is stored; at the end what was used is stored, so that replies must have ended before."""
    clock = SystemClock()
    book = await LimitBook.opened(
        limits_of_settings(settings.queue), SqlLimitVersions(storage.database, storage.writer)
    )
    ledger = DayLedger(day_of(clock.now().timestamp()))
    quota = LocalQuota(book, ledger, clock)
    bounds = _bounds(settings)
    routes = [
        limits_system_router(GetLimitsHandler(book), GetUsageHandler(quota), bounds),
        limits_admin_router(
            LimitVersionUseCases(
                ListLimitVersionsHandler(book, quota),
                CreateLimitVersionHandler(book, clock),
                ChangeLimitVersionHandler(book, clock),
                RollBackLimitsHandler(book, clock),
            )
        ),
    ]
    async with UsageRecorder(ledger, SqlDayUses(storage.database, storage.writer)).running():
        yield Limits(book, quota, CallerLimitHeaders(book, quota, bounds), routes)


def limits_of_settings(queue: QueueSettings) -> LimitSet:
    """Version 1."""
    return LimitSet(1, UserLimits(queue.user_concurrency, queue.user_rpm, queue.user_tpm, queue.user_tpd or None))


def _bounds(settings: Settings) -> ServiceBounds:
    queue, server = settings.queue, settings.server
    return ServiceBounds(
        prompt_tokens=queue.prompt_tokens,
        body_bytes=server.body_bytes,
        image_body_bytes=server.image_body_bytes,
        queue_depth=queue.depth,
        queue_timeout_s=queue.queue_timeout_s,
        request_timeout_s=queue.request_timeout_s,
    )
