"""Routes of the audit trail; there is none that changes or deletes an entry."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Annotated, Any, Final

from litestar import Controller, Request, Router, get
from litestar.di import NamedDependency, Provide
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import QueryParameter
from litestar.response import Stream

from ollamanet.application.kernel.audit import Origin
from ollamanet.application.operations.audit_ports import RecordedEntry
from ollamanet.application.operations.commands.export_trail import ExportTrail, ExportTrailHandler
from ollamanet.application.operations.queries.list_audit_entries import ListAuditEntries, ListAuditEntriesHandler
from ollamanet.domain.operations.audit_filter import AuditFilter
from ollamanet.interfaces.kernel.auth import actor_of
from ollamanet.interfaces.kernel.openapi import problems
from ollamanet.interfaces.kernel.paging import PageNumber, PageSize, page_request
from ollamanet.interfaces.operations.audit_schemas import AuditEntryView, AuditPage, json_lines

AnyRequest = Request[Any, Any, Any]

JSON_LINES: Final = "application/x-ndjson"
_MANY: Final = 300

ActorName = Annotated[str | None, QueryParameter(name="actor", max_length=_MANY, description="an id or a user name")]
Action = Annotated[
    str | None,
    QueryParameter(name="action", max_length=_MANY, description="`user.locked`; with a dot at its end all such"),
]
Target = Annotated[
    str | None,
    QueryParameter(name="target", max_length=_MANY, description="`user:<id>`; with a colon at its end all such"),
]
Address = Annotated[str | None, QueryParameter(name="address", max_length=_MANY, description="of the client")]
OfRequest = Annotated[str | None, QueryParameter(name="request_id", max_length=_MANY, description="of the request")]
Since = Annotated[
    str | None, QueryParameter(name="since", max_length=64, description="not before it: `2026-11-22T12:00:00Z`")
]
Until = Annotated[str | None, QueryParameter(name="until", max_length=64, description="before it")]


@dataclass(frozen=True, slots=True)
class AuditUseCases:
    """What the routes do; each checks the permission."""

    listed: ListAuditEntriesHandler
    export: ExportTrailHandler


UseCases = NamedDependency[AuditUseCases]
Chosen = NamedDependency[AuditFilter]


def provide_filter(
    actor_name: ActorName = None,
    action: Action = None,
    target: Target = None,
    address: Address = None,
    of_request: OfRequest = None,
    since: Since = None,
    until: Until = None,
) -> AuditFilter:
    """What the query parameters choose.

    Raises:
        InvalidRequest: one is not what it should be.
    """
    return AuditFilter.parse(
        actor=actor_name,
        action=action,
        target=target,
        address=address,
        request_id=of_request,
        since=since,
        until=until,
    )


class AuditController(Controller):
    """The audit trail."""

    path = "/admin/audit"
    tags = ("admin",)

    @get(
        "/",
        operation_id="listAuditEntries",
        summary="Who did what, the newest first",
        responses=problems(400, 401, 403),
    )
    async def entries(
        self, request: AnyRequest, audit: UseCases, chosen: Chosen, page: PageNumber = 1, page_size: PageSize = 20
    ) -> AuditPage:
        """Every security event and every action of an administrator, with what was before and after."""
        query = ListAuditEntries(actor_of(request), chosen, page_request(page, page_size))
        found = await audit.listed(query)
        views = [AuditEntryView.of(each) for each in found.items]
        return AuditPage(views, found.page, found.page_size, found.total)

    @get(
        "/export",
        operation_id="exportAuditTrail",
        summary="The same as JSON lines, the oldest first",
        media_type=JSON_LINES,
        responses={
            200: ResponseSpec(
                data_container=str, media_type=JSON_LINES, description="One entry a line.", generate_examples=False
            ),
            **problems(400, 401, 403, 503),
        },
    )
    async def export(
        self, request: AnyRequest, audit: UseCases, chosen: Chosen, origin: NamedDependency[Origin]
    ) -> Stream:
        """All that there are when it is asked for, this request among them; an entry is a line."""
        batches = await audit.export(ExportTrail(actor_of(request), chosen, origin))
        headers = {"Content-Disposition": 'attachment; filename="audit.jsonl"'}
        return Stream(_lines(batches), media_type=JSON_LINES, headers=headers)


async def _lines(batches: AsyncGenerator[Sequence[RecordedEntry]]) -> AsyncGenerator[bytes]:
    async with aclosing(batches):
        async for batch in batches:
            yield json_lines(batch)


def audit_router(use_cases: AuditUseCases) -> Router:
    """The routes, to be mounted under `/api/v1` where callers are signed in."""
    return Router(
        path="/",
        route_handlers=[AuditController],
        dependencies={
            "audit": Provide(lambda: use_cases, sync_to_thread=False),
            "chosen": Provide(provide_filter, sync_to_thread=False),
        },
    )
