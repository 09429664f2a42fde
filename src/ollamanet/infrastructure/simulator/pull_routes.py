"""`POST /api/pull`: progress line by line, or one answer at the end."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing

from ollamanet.infrastructure.simulator.downloads import Downloads, layers_of
from ollamanet.infrastructure.simulator.exchange import BARE_JSON, Exchange
from ollamanet.infrastructure.simulator.faults import Fault, Kind
from ollamanet.infrastructure.simulator.go_json import encode, without_zeros
from ollamanet.infrastructure.simulator.library import Library
from ollamanet.infrastructure.simulator.model_names import ModelName
from ollamanet.infrastructure.simulator.options import ModelSpec
from ollamanet.infrastructure.simulator.reply_faults import ERROR_LINE, GARBAGE
from ollamanet.infrastructure.simulator.wire_errors import WireError

UNKNOWN_MODEL = "pull model manifest: file does not exist"
_LABEL_DIGITS = 12

Progress = Mapping[str, object]


class PullRoutes:
    """Pulls from a registry that has the models of the options, installed or not."""

    def __init__(self, library: Library, downloads: Downloads) -> None:
        """Args: library: where pulled models go. downloads: the blobs."""
        self._library = library
        self._downloads = downloads

    async def pull(self, exchange: Exchange) -> None:
        """Pull a model. With a stream every failure but a bad name is a line; without one it is a 500."""
        request = exchange.fields("PullRequest")
        name = ModelName.parse(request.model())
        if name is None:
            raise WireError(400, "invalid model name")
        stream = request.flag("stream", default=True)
        exchange.errors_as = BARE_JSON
        async with aclosing(self.progress(name)) as reports:
            async for report in reports:
                if stream:
                    await exchange.write(encode(report) + b"\n")
                if exchange.fault is not None and "digest" in report:
                    await _break_off(exchange, exchange.fault)
                    return
        if stream:
            await exchange.end(encode({"status": "success"}) + b"\n")
        else:
            await exchange.json({"status": "success"}, content_type=BARE_JSON)

    async def progress(self, name: ModelName) -> AsyncGenerator[Progress, None]:
        """Download and install a model.

        Yields:
            Every report of the pull but the last, `success`.

        Raises:
            WireError: 500 where the registry has no such model.
        """
        yield {"status": "pulling manifest"}
        spec = self._library.in_registry(name)
        if spec is None:
            raise WireError(500, UNKNOWN_MODEL)
        async with aclosing(self._layers(spec)) as reports:
            async for report in reports:
                yield report
        yield {"status": "verifying sha256 digest"}
        yield {"status": "writing manifest"}
        self._library.install(spec)

    async def _layers(self, spec: ModelSpec) -> AsyncGenerator[Progress, None]:
        for layer in layers_of(spec):
            fixed = {"status": f"pulling {layer.digest[:_LABEL_DIGITS]}", "digest": f"sha256:{layer.digest}"}
            async with aclosing(self._downloads.fetch(layer)) as amounts:
                async for done in amounts:
                    yield fixed | {"total": layer.size} | without_zeros({"completed": done})


async def _break_off(exchange: Exchange, fault: Fault) -> None:
    match fault.kind:
        case Kind.DIE | Kind.RESET:
            await exchange.cut(reset=fault.kind is Kind.RESET)
        case Kind.NO_DONE:
            await exchange.end()
        case Kind.GARBAGE:
            await exchange.end(GARBAGE)
        case _:
            raise WireError(500, ERROR_LINE)
