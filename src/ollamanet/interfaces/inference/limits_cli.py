"""`ollamanet limits`: which versions of the limits there are, from the command line."""

import asyncio
from contextlib import AbstractAsyncContextManager
from typing import Protocol

import click
import msgspec

from ollamanet.application.inference.queries.list_limit_versions import CountedVersion
from ollamanet.domain.inference.limit_rollout import LimitVersion, Mode, Rollout
from ollamanet.domain.kernel.errors import Refusal
from ollamanet.interfaces.inference.limits_presenters import version_view


class LimitsContext(Protocol):
    """What the `limits` group expects as click's `obj`."""

    def limits(self) -> AbstractAsyncContextManager[Rollout]:
        """Open the database, give what is stored, close it."""
        ...


@click.group("limits")
def limits() -> None:
    """Show the limits of users and their versions."""


@limits.command("list")
@click.pass_obj
def list_versions(context: LimitsContext) -> None:
    """List all versions, the newest first."""
    for version in reversed(_stored(context).versions):
        click.echo(_line(version))


@limits.command("show")
@click.argument("number", type=click.IntRange(min=1), required=False)
@click.pass_obj
def show(context: LimitsContext, number: int | None) -> None:
    """Print version NUMBER, or the active one, as JSON."""
    rollout = _stored(context)
    try:
        version = rollout.active if number is None else rollout.get(number)
    except Refusal as refusal:
        raise click.ClickException(refusal.detail) from refusal
    # What a shadow counted is known to the running server only.
    view = version_view(CountedVersion(version, None))
    click.echo(msgspec.json.format(msgspec.json.encode(view)))


def _stored(context: LimitsContext) -> Rollout:
    async def read() -> Rollout:
        async with context.limits() as rollout:
            return rollout

    return asyncio.run(read())


def _line(version: LimitVersion) -> str:
    percent = f" {version.percent:g} %" if version.mode is Mode.CANARY else ""
    made = "of the settings" if version.created_at is None else f"made {version.created_at:%Y-%m-%d %H:%M} UTC"
    default = version.limits.default
    day = "" if default.tokens_per_day is None else f", {default.tokens_per_day} tokens a day"
    note = f" ({version.note})" if version.note else ""
    return (
        f"{version.number}: {version.mode.value}{percent}, {made}: {default.concurrency} at once, "
        f"{default.requests_per_minute} requests and {default.tokens_per_minute} tokens a minute{day}{note}"
    )
