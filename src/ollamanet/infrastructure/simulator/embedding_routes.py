"""`POST /api/embed` and the legacy `POST /api/embeddings`."""

import asyncio
import time

from ollamanet.infrastructure.simulator.counters import Counters
from ollamanet.infrastructure.simulator.exchange import Exchange
from ollamanet.infrastructure.simulator.fields import Fields
from ollamanet.infrastructure.simulator.go_json import without_zeros
from ollamanet.infrastructure.simulator.go_time import parse_keep_alive
from ollamanet.infrastructure.simulator.installed import Installed
from ollamanet.infrastructure.simulator.lookup import Lookup
from ollamanet.infrastructure.simulator.model_names import ModelName
from ollamanet.infrastructure.simulator.options import SimulatorOptions
from ollamanet.infrastructure.simulator.prompt import Prompt
from ollamanet.infrastructure.simulator.runner import Runner
from ollamanet.infrastructure.simulator.scheduler import Scheduler
from ollamanet.infrastructure.simulator.tokens import count_tokens
from ollamanet.infrastructure.simulator.vectors import normalised, raw_vector
from ollamanet.infrastructure.simulator.wire_errors import WireError, child_rejection

_MISSING = 'model "{}" not found, try pulling it first'
_NO_EMBEDDINGS = "This server does not support embeddings. Start it with `--embeddings`"
# The marks that an embedding model puts at both ends of a text.
_MARKS = 2


class EmbeddingRoutes:
    """The two routes that return vectors."""

    def __init__(self, options: SimulatorOptions, lookup: Lookup, scheduler: Scheduler, counters: Counters) -> None:
        """Args: options: speed. lookup: finds models. scheduler: gives runners. counters: where texts are counted."""
        self._options = options
        self._lookup = lookup
        self._scheduler = scheduler
        self._counters = counters

    async def embed(self, exchange: Exchange) -> None:
        """`POST /api/embed`: a text or a list of texts; none of them means: load the model."""
        request = exchange.fields("EmbedRequest")
        texts, model = _inputs(request.value("input")), request.text("model")
        if not model:
            raise WireError(404, "model '' not found")
        installed = self._lookup.find(model, _MISSING)
        dimensions, truncate = request.integer("dimensions"), request.flag("truncate", default=True)
        started = time.perf_counter_ns()
        runner = await self._acquire(exchange, request, installed)
        try:
            granted = time.perf_counter_ns()
            if not texts:
                await exchange.json({"model": model, "embeddings": []})
                return
            counts = [_tokens(text, runner, truncate=truncate) for text in texts]
            vectors = [normalised(vector) for vector in await self._vectors(runner, texts, counts)]
        finally:
            self._scheduler.release(runner)
        if 0 < dimensions < installed.spec.embedding_length:
            vectors = [normalised(vector[:dimensions]) for vector in vectors]
        durations = {"total_duration": time.perf_counter_ns() - started, "load_duration": granted - started}
        counters = without_zeros({**durations, "prompt_eval_count": sum(counts)})
        await exchange.json({"model": model, "embeddings": vectors, **counters})

    async def embeddings(self, exchange: Exchange) -> None:
        """`POST /api/embeddings`: one text, its vector not normalised, no counters."""
        request = exchange.fields("EmbeddingRequest")
        model, text = request.text("model"), request.text("prompt")
        if ModelName.parse(model) is None:
            raise WireError(400, "model is required")
        installed = self._lookup.find(model, _MISSING)
        runner = await self._acquire(exchange, request, installed)
        try:
            if not text:
                await exchange.json({"embedding": []})
                return
            vectors = await self._vectors(runner, [text], [_tokens(text, runner, truncate=True)])
        finally:
            self._scheduler.release(runner)
        await exchange.json({"embedding": vectors[0]})

    async def _acquire(self, exchange: Exchange, request: Fields, installed: Installed) -> Runner:
        run, keep_alive = self._lookup.options(request, installed), parse_keep_alive(request.value("keep_alive"))
        runner = await self._scheduler.acquire(installed, run.load, keep_alive, exchange.fault)
        if "embedding" not in installed.spec.capabilities:
            self._scheduler.release(runner)
            raise child_rejection(501, "not_supported_error", _NO_EMBEDDINGS)
        return runner

    async def _vectors(self, runner: Runner, texts: list[str], counts: list[int]) -> list[list[float]]:
        # Each text is a call of its own to the child, so a batch gives the slot away between its texts.
        spec, vectors = runner.installed.spec, []
        rate = self._options.prompt_tokens_per_second
        if spec.prompt_tokens_per_second is not None:
            rate = spec.prompt_tokens_per_second
        for text, tokens in zip(texts, counts, strict=True):
            async with runner.slot(Prompt((), tokens, "")):
                await asyncio.sleep(tokens / rate if rate > 0 else 0)
                vectors.append(raw_vector(text, dimensions=spec.embedding_length, window=runner.load.num_ctx - _MARKS))
            self._counters.embeddings += 1
            self._counters.prompt_tokens += tokens
        return vectors


def _inputs(raw: object) -> list[str]:
    if raw is None or raw == "":
        return []
    if isinstance(raw, str):
        return [raw]
    if not isinstance(raw, list) or not all(isinstance(item, str) for item in raw):
        raise WireError(400, "invalid input type")
    return raw


def _tokens(text: str, runner: Runner, *, truncate: bool) -> int:
    tokens, window = count_tokens(text) + _MARKS, runner.load.num_ctx
    if tokens > window and not truncate:
        raise WireError(400, "the input length exceeds the context length")
    return min(tokens, window)
