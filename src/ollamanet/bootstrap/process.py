"""Running the service as a process, and telling the person who started it what he needs to know."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import click
import msgspec
import structlog
import uvloop

from ollamanet import __version__
from ollamanet.bootstrap.server import serve
from ollamanet.bootstrap.settings import Settings
from ollamanet.bootstrap.simulator_beside import simulator_if_alone
from ollamanet.bootstrap.web import build_app
from ollamanet.bootstrap.wiring import running_services
from ollamanet.infrastructure.kernel.logs import configure_logs


def run(work: Coroutine[Any, Any, bool]) -> bool:
    """Run on uvloop."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)


async def serve_settings(settings: Settings, *, demo: bool) -> bool:
    """Serve until told to stop; whether the server could listen.

    Args:
        settings: checked before.
        demo: start a simulator when no Ollama answers.
    """
    configure_logs(settings.log.format, settings.log.level)
    async with _replicas(settings, demo=demo) as effective, running_services(effective) as services:
        return await serve(build_app(services), effective.server, on_ready=_announce, on_stop=services.admission.close)


@asynccontextmanager
async def _replicas(settings: Settings, *, demo: bool) -> AsyncIterator[Settings]:
    if not demo:
        yield settings
        return
    async with simulator_if_alone(settings.pool.replicas) as url:
        if url is None:
            yield settings
            return
        click.echo(
            f"No Ollama answers at {settings.pool.replicas[0]}: a simulator is running at {url} instead. "
            "Set OLLAMA_BASE_URLS to use a real one.",
            err=True,
        )
        yield msgspec.structs.replace(settings, pool=msgspec.structs.replace(settings.pool, replicas=(url,)))


def _announce(url: str) -> None:
    shown = url.replace("//0.0.0.0:", "//127.0.0.1:").replace("//[::]:", "//[::1]:")
    structlog.get_logger().info("ready", url=url, version=__version__)
    click.echo(
        f"OllamaNet {__version__} serves at {shown}\n"
        f"  API and try-out page:  {shown}/docs\n"
        "  make the first admin:  ollamanet users create you@example.com --username you --role admin\n"
        "  chat from a terminal:  ollamanet chat\n"
        "  stop:                  Ctrl-C (running answers may end first; once more stops at once)",
        err=True,
    )
