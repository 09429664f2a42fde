"""`ollamanet simulate`."""

import asyncio
import contextlib
from functools import partial

import click
import uvloop

from ollamanet.infrastructure.simulator.options import SimulatorOptions
from ollamanet.infrastructure.simulator.server import serve

_DEFAULTS = SimulatorOptions()


@click.command("simulate")
@click.option("--host", default=_DEFAULTS.host, show_default=True)
@click.option("--port", type=click.IntRange(0, 65535), default=_DEFAULTS.port, show_default=True)
@click.option("--models", help="Names of the installed models, separated by commas.")
@click.option("--seed", type=int, default=_DEFAULTS.seed, show_default=True, help="Of the text it makes.")
@click.option("--tokens-per-second", type=click.FloatRange(0), default=_DEFAULTS.tokens_per_second, show_default=True)
@click.option(
    "--prompt-tokens-per-second",
    type=click.FloatRange(0),
    default=_DEFAULTS.prompt_tokens_per_second,
    show_default=True,
)
@click.option("--load-seconds", type=click.FloatRange(0), default=_DEFAULTS.load_seconds, show_default=True)
@click.option("--unload-seconds", type=click.FloatRange(0), default=_DEFAULTS.unload_seconds, show_default=True)
@click.option("--slots", type=click.IntRange(1), default=_DEFAULTS.slots, show_default=True, help="Of each model.")
@click.option("--max-loaded-models", type=click.IntRange(1), default=_DEFAULTS.max_loaded_models, show_default=True)
@click.option("--max-queue", type=click.IntRange(0), default=_DEFAULTS.max_queue, show_default=True)
@click.option("--keep-alive", type=float, default=_DEFAULTS.keep_alive, show_default=True, help="Seconds.")
@click.option("--context-length", type=click.IntRange(1), default=_DEFAULTS.context_length, show_default=True)
@click.option("--reply-tokens", type=click.IntRange(0), default=_DEFAULTS.reply_tokens, help="Of every reply.")
def simulate(models: str | None, **options: str | float) -> None:
    """Run an Ollama simulator: the wire behaviour of a daemon, without a GPU. Rates and times of 0 mean at once.

    Faults on demand: models named `fault-...`, or POST /simulator/faults. What it did: GET /simulator/stats.
    """
    names = tuple(name.strip() for name in models.split(",") if name.strip()) if models else _DEFAULTS.models
    try:
        chosen = SimulatorOptions(models=names, **options)  # type: ignore[arg-type]  # click has checked each
        announce = partial(click.echo, err=True)
        with contextlib.suppress(KeyboardInterrupt), asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(serve(chosen, ready=lambda url: announce(f"The simulator serves Ollama's API at {url}")))
    except (OSError, ValueError) as error:
        raise click.ClickException(str(error)) from error
