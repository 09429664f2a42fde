"""`ollamanet audit`: the audit trail from the command line."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, aclosing
from typing import IO, Any, Final, Protocol, TypeVar

import click

from ollamanet.application.kernel.audit import HERE, OPERATOR, RETENTION
from ollamanet.application.kernel.page import PageRequest
from ollamanet.application.operations.audit_ports import RecordedEntry
from ollamanet.application.operations.commands.export_trail import ExportTrail, ExportTrailHandler
from ollamanet.application.operations.queries.list_audit_entries import ListAuditEntries, ListAuditEntriesHandler
from ollamanet.application.operations.queries.verify_trail import TrailVerdict, VerifyTrailHandler
from ollamanet.domain.kernel.errors import Kind, Refusal
from ollamanet.domain.operations.audit_chain import Anchor
from ollamanet.domain.operations.audit_filter import AuditFilter
from ollamanet.interfaces.operations.audit_schemas import json_lines

_PAGE_SIZE: Final = 200

Result = TypeVar("Result")
Decorated = TypeVar("Decorated", bound=Callable[..., Any])


class AuditCommandCases(Protocol):
    """What the commands call."""

    @property
    def listed(self) -> ListAuditEntriesHandler:
        """Lists entries."""
        ...

    @property
    def export(self) -> ExportTrailHandler:
        """Copies them out."""
        ...

    @property
    def verify(self) -> VerifyTrailHandler:
        """Checks the chain."""
        ...


class AuditContext(Protocol):
    """What the `audit` group expects as click's `obj`."""

    def audit(self) -> AbstractAsyncContextManager[AuditCommandCases]:
        """Open the database, give the use cases, close it."""
        ...


class _Mistyped(click.ClickException):
    exit_code = 2


@click.group("audit")
def audit() -> None:
    """Read and check the audit trail."""


def _filtered(command: Decorated) -> Decorated:
    options = [
        click.option("--actor", metavar="NAME|ID", help="who did it"),
        click.option("--action", help="what: user.locked, or user. for all that begin so"),
        click.option("--target", help="on what: user:ID, or user: for all users"),
        click.option("--address", help="of the client"),
        click.option("--request-id", help="of the request"),
        click.option("--since", metavar="TIME", help="not before it: 2026-11-22T12:00:00Z"),
        click.option("--until", metavar="TIME", help="before it"),
    ]
    for option in reversed(options):
        command = option(command)
    return command


@audit.command("verify")
@click.option("--expect", "anchors", multiple=True, metavar="SEQ:HASH", help="a head that was noted earlier")
@click.pass_obj
def verify(context: AuditContext, anchors: tuple[str, ...]) -> None:
    """Check the whole trail; exit code 1 if an entry was changed, removed, inserted or put elsewhere.

    Prints the head, SEQ:HASH. Keep it where nobody who has the database can change it, and give it back with --expect:
    without, somebody who can write to the database can make the trail anew from any entry on.
    """
    verdict = _run(context, lambda cases: cases.verify(_anchors(anchors)))
    for fault in verdict.faults:
        click.echo(f"{fault.seq}: {fault.damage}: {fault.detail}", err=True)
    if not verdict.whole:
        raise click.ClickException(_summary(verdict))
    click.echo(f"{verdict.entries} entries, none changed or missing")
    click.echo(f"head {verdict.head}")


def _summary(verdict: TrailVerdict) -> str:
    more = verdict.damaged - len(verdict.faults)
    rest = f", {more} of them not shown" if more else ""
    return f"the audit trail is broken: {verdict.damaged} faults in {verdict.entries} entries{rest}"


def _anchors(texts: tuple[str, ...]) -> list[Anchor]:
    return [Anchor.parse(text) for text in texts]


@audit.command("list")
@_filtered
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help="entries at most")
@click.option("--json", "as_json", is_flag=True, help="one JSON object a line")
@click.pass_obj
def list_entries(context: AuditContext, /, *, limit: int, as_json: bool, **wanted: str | None) -> None:
    """List entries, the newest first."""

    async def show(cases: AuditCommandCases) -> None:
        chosen, shown, page = AuditFilter.parse(**wanted), 0, 1
        while shown < limit:
            found = await cases.listed(ListAuditEntries(None, chosen, PageRequest(page, _PAGE_SIZE)))
            items = found.items[: limit - shown]
            if not items:
                return
            click.echo(json_lines(items) if as_json else "\n".join(map(_line, items)), nl=not as_json)
            shown, page = shown + len(items), page + 1

    _run(context, show)


@audit.command("export")
@_filtered
@click.option("--output", type=click.File("wb", atomic=True), default="-", help="a file; standard output without it")
@click.pass_obj
def export(context: AuditContext, /, *, output: IO[bytes], **wanted: str | None) -> None:
    """Write entries as JSON lines, the oldest first; that it was done is an entry too."""

    async def write(cases: AuditCommandCases) -> None:
        batches = await cases.export(ExportTrail(None, AuditFilter.parse(**wanted), HERE))
        async with aclosing(batches):
            async for batch in batches:
                output.write(json_lines(batch))

    _run(context, write)


def _line(entry: RecordedEntry) -> str:
    where = f" from {entry.address}" if entry.address else ""
    name = f" ({entry.target_name})" if entry.target_name else ""
    on = f" {entry.target}{name}" if entry.target else ""
    known = entry.actor_id is not None or entry.actor_name in {OPERATOR.name, RETENTION.name}
    by = entry.actor_name if known else f"somebody not signed in, as {entry.actor_name}"
    text = f"{entry.seq} {entry.at:%Y-%m-%d %H:%M:%S} {entry.action}{on} by {by}{where}"
    # Names are what strangers chose, and a terminal obeys some characters.
    return "".join(each if each.isprintable() else "?" for each in text)


def _run(context: AuditContext, work: Callable[[AuditCommandCases], Awaitable[Result]]) -> Result:
    async def with_cases() -> Result:
        async with context.audit() as cases:
            return await work(cases)

    try:
        return asyncio.run(with_cases())
    except Refusal as refusal:
        mistyped = refusal.kind is Kind.INVALID
        raise (_Mistyped if mistyped else click.ClickException)(refusal.detail) from refusal
