"""`ollamanet serve`."""

import click
import msgspec

from ollamanet.bootstrap.command_settings import settings_for_command, told_in_one_line
from ollamanet.bootstrap.process import run, serve_settings
from ollamanet.bootstrap.settings import Settings


@click.command("serve")
@click.option("--host", help="Address to listen on; else OLLAMANET_HOST.")
@click.option("--port", type=click.IntRange(0, 65535), help="Port to listen on; else OLLAMANET_PORT.")
@click.option("--demo", is_flag=True, help="Start a simulator when no Ollama answers.")
def serve(host: str | None, port: int | None, *, demo: bool) -> None:
    """Serve the API until Ctrl-C."""
    settings = _with_address(settings_for_command(), host, port)
    if demo and not settings.server.allow_simulator:
        raise click.ClickException("--demo is not for OLLAMANET_ENV=production: a simulator must not answer people")
    with told_in_one_line():
        run(serve_settings(settings, demo=demo))


def _with_address(settings: Settings, host: str | None, port: int | None) -> Settings:
    server = settings.server
    given = {"host": host or server.host, "port": server.port if port is None else port}
    return msgspec.structs.replace(settings, server=msgspec.structs.replace(server, **given))
