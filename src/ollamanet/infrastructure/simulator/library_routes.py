"""What the daemon says about its models, and how they are copied and deleted."""

import asyncio

from ollamanet.infrastructure.simulator.exchange import Exchange
from ollamanet.infrastructure.simulator.library import Library
from ollamanet.infrastructure.simulator.model_names import ModelName
from ollamanet.infrastructure.simulator.model_views import expires_in, running_view, show_view, tag_view
from ollamanet.infrastructure.simulator.options import SimulatorOptions
from ollamanet.infrastructure.simulator.scheduler import Scheduler
from ollamanet.infrastructure.simulator.wire_errors import WireError

_PLAIN = b"text/plain; charset=utf-8"


class LibraryRoutes:
    """The routes that neither generate nor download."""

    def __init__(self, options: SimulatorOptions, library: Library, scheduler: Scheduler) -> None:
        """Args: options: the version. library: the models on disk. scheduler: the loaded ones."""
        self._options = options
        self._library = library
        self._scheduler = scheduler

    async def root(self, exchange: Exchange) -> None:
        """`GET /`."""
        await exchange.respond(200, b"Ollama is running", _PLAIN)

    async def version(self, exchange: Exchange) -> None:
        """`GET /api/version`."""
        await exchange.json({"version": self._options.version})

    async def status(self, exchange: Exchange) -> None:
        """`GET /api/status`."""
        cloud = {"disabled": self._options.cloud_disabled, "source": "env" if self._options.cloud_disabled else "none"}
        await exchange.json({"cloud": cloud})

    async def tags(self, exchange: Exchange) -> None:
        """`GET /api/tags`."""
        await exchange.json({"models": [tag_view(installed) for installed in self._library.listed()]})

    async def running(self, exchange: Exchange) -> None:
        """`GET /api/ps`: the loaded models, the last to expire first; one that is still loading is not among them."""
        now, memory = asyncio.get_running_loop().time(), self._options.gpu_memory
        runners = sorted(self._scheduler.runners, key=lambda runner: -expires_in(runner, now))
        await exchange.json({"models": [running_view(runner, now=now, gpu_memory=memory) for runner in runners]})

    async def show(self, exchange: Exchange) -> None:
        """`POST /api/show`."""
        request = exchange.fields("ShowRequest")
        name = ModelName.parse(_named(request.model()))
        installed = self._library.find(request.model())
        if installed is None:
            raise WireError(404, f"model '{name.short if name else request.model()}' not found")
        await exchange.json(show_view(installed, verbose=request.flag("verbose", default=False)))

    async def copy(self, exchange: Exchange) -> None:
        """`POST /api/copy`: an empty answer, and whatever had the new name is gone."""
        request = exchange.fields("CopyRequest")
        source, destination = request.text("source"), request.text("destination")
        target = ModelName.parse(destination)
        if ModelName.parse(source) is None:
            raise WireError(400, f'source "{source}" is invalid')
        if target is None:
            raise WireError(400, f'destination "{destination}" is invalid')
        installed = self._library.find(source)
        if installed is None:
            raise WireError(404, f'model "{source}" not found')
        self._library.copy(installed, target)
        await exchange.respond(200)

    async def delete(self, exchange: Exchange) -> None:
        """`DELETE /api/delete`: a loaded model stays in memory until it expires."""
        name = _named(exchange.fields("DeleteRequest").model())
        if not self._library.remove(name):
            raise WireError(404, f"model '{name}' not found")
        await exchange.respond(200)


def _named(model: str) -> str:
    if not model:
        raise WireError(400, "model is required")
    return model
