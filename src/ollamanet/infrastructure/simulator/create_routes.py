"""`POST /api/create` and the blobs that it may be made from."""

import hashlib
import re
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import replace
from typing import Final

from ollamanet.infrastructure.simulator.downloads import Downloads
from ollamanet.infrastructure.simulator.exchange import BARE_JSON, Exchange
from ollamanet.infrastructure.simulator.fields import Fields
from ollamanet.infrastructure.simulator.go_json import encode
from ollamanet.infrastructure.simulator.installed import Installed
from ollamanet.infrastructure.simulator.library import Library
from ollamanet.infrastructure.simulator.model_names import ModelName
from ollamanet.infrastructure.simulator.options import ModelSpec
from ollamanet.infrastructure.simulator.pull_routes import PullRoutes
from ollamanet.infrastructure.simulator.wire_errors import WireError

_DIGEST: Final = re.compile(r"sha256[:-]([0-9a-f]{64})")


class CreateRoutes:
    """Models made of other models, or of uploaded files."""

    def __init__(self, library: Library, downloads: Downloads, pulls: PullRoutes) -> None:
        """Args: library: where models go. downloads: the blobs. pulls: for a `from` that is not installed."""
        self._library = library
        self._downloads = downloads
        self._pulls = pulls

    async def create(self, exchange: Exchange) -> None:
        """Create a model and report on it, line by line or with one `success`."""
        request = exchange.fields("CreateRequest")
        name = ModelName.parse(request.model())
        if name is None:
            raise WireError(400, "invalid model name")
        if not request.text("from") and not request.mapping("files"):
            raise WireError(400, "neither 'from' or 'files' was specified")
        stream = request.flag("stream", default=True)
        exchange.errors_as = BARE_JSON
        async with aclosing(self._steps(request, name)) as steps:
            async for step in steps:
                if stream:
                    await exchange.write(encode(step) + b"\n")
        if stream:
            await exchange.end(encode({"status": "success"}) + b"\n")
        else:
            await exchange.json({"status": "success"}, content_type=BARE_JSON)

    async def has_blob(self, exchange: Exchange) -> None:
        """`HEAD /api/blobs/:digest`."""
        await exchange.respond(200 if self._downloads.has(_hex_digest(exchange)) else 404)

    async def add_blob(self, exchange: Exchange) -> None:
        """`POST /api/blobs/:digest`: the raw body is the blob."""
        expected, actual = _hex_digest(exchange), hashlib.sha256(exchange.body).hexdigest()
        if self._downloads.has(expected):
            await exchange.respond(200, b"", b"", (b"connection", b"close"))
            return
        if expected != actual:
            raise WireError(400, f'digest mismatch, expected "sha256:{expected}", got "sha256:{actual}"')
        self._downloads.add(actual)
        await exchange.respond(201)

    async def _steps(self, request: Fields, name: ModelName) -> AsyncGenerator[Mapping[str, object], None]:
        if source := request.text("from"):
            async with aclosing(self._from_model(source)) as steps:
                async for step in steps:
                    yield step
            base = self._library.find(source)
            if base is None:
                raise WireError(500, f"model '{source}' not found")
            yield {"status": f"using existing layer sha256:{base.weights}"}
        else:
            yield {"status": "parsing GGUF"}
            base = self._from_files(request.mapping("files"), name)
        created = _changed(base, request, name)
        if created.digest != base.digest:
            yield {"status": f"creating new layer sha256:{created.digest}"}
        yield {"status": "writing manifest"}
        self._library.put(created)

    async def _from_model(self, source: str) -> AsyncGenerator[Mapping[str, object], None]:
        name = ModelName.parse(source)
        if name is None:
            raise WireError(400, "invalid model name")
        if self._library.find(source) is None:
            async with aclosing(self._pulls.progress(name)) as reports:
                async for report in reports:
                    yield report

    def _from_files(self, files: Mapping[str, object], name: ModelName) -> Installed:
        digest = _DIGEST.fullmatch(str(next(iter(files.values()))))
        if digest is None or not self._downloads.has(digest[1]):
            raise WireError(400, "invalid digest format" if digest is None else "invalid model reference")
        return Installed(name.short, ModelSpec(name=name.short), digest[1], time.time_ns())


def _changed(base: Installed, request: Fields, name: ModelName) -> Installed:
    messages = tuple(message.values for message in request.objects("messages", "api.Message")) or base.messages
    return replace(
        base,
        name=name.short,
        modified=time.time_ns(),
        parameters={**base.parameters, **request.mapping("parameters")},
        messages=messages,
        system=request.text("system") or base.system,
        template=request.text("template") or base.template,
        license=request.text("license") or base.license,
    )


def _hex_digest(exchange: Exchange) -> str:
    if (match := _DIGEST.fullmatch(exchange.path.rpartition("/")[2])) is None:
        raise WireError(400, "invalid digest format")
    return match[1]
