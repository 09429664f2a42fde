"""Running the service as a process, and telling the person who started it what he needs to know."""

import asyncio
import shutil
import sys
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from socket import socket
from typing import Any, Final

import click
import msgspec
import structlog
import uvloop

from ollamanet import __version__
from ollamanet.application.operations.queries.check_readiness import State
from ollamanet.bootstrap.server import listening, serve
from ollamanet.bootstrap.settings import ServerSettings, Settings
from ollamanet.bootstrap.simulator_beside import simulator_if_alone
from ollamanet.bootstrap.storage import StartRefused
from ollamanet.bootstrap.web import build_app
from ollamanet.bootstrap.wiring import Services, running_services
from ollamanet.infrastructure.kernel.logs import configure_logs

_LAST_WRITES: Final = 3.0
"""Seconds for which a failing database is tried once nothing is served any more; the last attempt ends after them."""


def run(work: Coroutine[Any, Any, None]) -> None:
    """Run on uvloop."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(work)


async def serve_settings(settings: Settings, *, demo: bool) -> None:
    """Serve until told to stop.

    Args:
        settings: checked before.
        demo: start a simulator when no Ollama answers.
    """
    configure_logs(settings.log.format, settings.log.level)
    # Before anything else is started: a taken port is the commonest reason not to.
    listener = _listening(settings.server)
    async with _replicas(settings, demo=demo) as effective, running_services(effective) as services:
        missing = asyncio.create_task(_warn_of_what_is_down(services))
        token = await services.identity.find_setup_token()
        try:
            await serve(
                build_app(services),
                effective.server,
                listener,
                on_ready=partial(_announce, effective.server, token),
                on_stop=services.inference.admission.close,
            )
        finally:
            missing.cancel()
            services.storage.writer.finish_within(_LAST_WRITES)


def _listening(settings: ServerSettings) -> socket:
    try:
        return listening(settings)
    except OSError as error:
        where = f"{settings.host} port {settings.port} (OLLAMANET_HOST, OLLAMANET_PORT)"
        raise StartRefused(f"cannot listen on {where}: {error.strerror or error}") from error


async def _warn_of_what_is_down(services: Services) -> None:
    found = await services.check_readiness()
    for health in (found.database, *found.replicas, *found.others):
        if health.state is State.DOWN:
            structlog.get_logger().warning("down", component=health.name, detail=health.detail)


@asynccontextmanager
async def _replicas(settings: Settings, *, demo: bool) -> AsyncIterator[Settings]:
    # Those that we run ourselves are not there yet.
    if not demo or settings.pool.managed:
        yield settings
        return
    async with simulator_if_alone(settings.pool.replicas) as url:
        if url is None:
            yield settings
            return
        click.echo(
            f"No Ollama answers at {' or '.join(settings.pool.replicas)} (OLLAMA_BASE_URLS): "
            f"a simulator is running at {url} instead.",
            err=True,
        )
        yield msgspec.structs.replace(settings, pool=msgspec.structs.replace(settings.pool, replicas=(url,)))


def _announce(settings: ServerSettings, setup_token: str | None, url: str) -> None:
    shown = url.replace("//0.0.0.0:", "//127.0.0.1:").replace("//[::]:", "//[::1]:")
    structlog.get_logger().info("ready", url=url, version=__version__)
    command = _command()
    if settings.environment == "production":
        if setup_token is not None:
            # What is written here is collected as a log, so that the token itself has to be asked for.
            structlog.get_logger().warning("no administrator", detail=f"run: {command} users setup-token")
        return
    first = "" if setup_token is None else _how_to_begin(command, shown, setup_token)
    click.echo(
        f"OllamaNet {__version__} serves at {shown}\n"
        f"  API and try-out page:  {shown}/docs\n"
        f"{first}"
        f"  chat from a terminal:  {command} chat --url {shown}\n"
        "  stop:                  Ctrl-C (running answers may end first; once more stops at once)",
        err=True,
    )


def _how_to_begin(command: str, url: str, setup_token: str) -> str:
    return (
        f"  make the first admin:  {command} users create you@example.com --username you --role admin\n"
        f"  the same over HTTP:    POST {url}/api/v1/auth/setup with the token {setup_token}\n"
    )


def _command() -> str:
    """What to type for the command that is running now; on a checkout it is not on the path."""
    beside = Path(sys.executable).with_name("ollamanet")
    found = shutil.which("ollamanet")
    if not beside.exists() or (found is not None and Path(found).samefile(beside)):
        return "ollamanet"
    here = Path.cwd()
    return str(beside.relative_to(here)) if beside.is_relative_to(here) else str(beside)
