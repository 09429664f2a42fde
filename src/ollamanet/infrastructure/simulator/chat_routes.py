"""`POST /api/chat` and `POST /api/generate`: checks in Ollama's order, then the reply."""

import math
from dataclasses import replace

import msgspec

from ollamanet.infrastructure.simulator.ask import Ask, read_logprobs, read_think
from ollamanet.infrastructure.simulator.dialects import Dialect
from ollamanet.infrastructure.simulator.exchange import Exchange
from ollamanet.infrastructure.simulator.fields import Fields
from ollamanet.infrastructure.simulator.go_time import parse_keep_alive
from ollamanet.infrastructure.simulator.inference import Inference
from ollamanet.infrastructure.simulator.installed import Installed
from ollamanet.infrastructure.simulator.lookup import Lookup, require
from ollamanet.infrastructure.simulator.messages import IMAGE_TOKENS, Message, count_images, read_messages
from ollamanet.infrastructure.simulator.model_names import ModelName
from ollamanet.infrastructure.simulator.prompt import Prompt, chat_prompt, generate_prompt
from ollamanet.infrastructure.simulator.wire_errors import WireError

_MISSING = "model '{}' not found"


class ChatRoutes:
    """The two routes that generate text."""

    def __init__(self, lookup: Lookup, inference: Inference) -> None:
        """Args: lookup: finds models and options. inference: answers what passed the checks."""
        self._lookup = lookup
        self._inference = inference

    async def chat(self, exchange: Exchange) -> None:
        """`POST /api/chat`; no messages mean: load the model, or unload it with `keep_alive: 0`."""
        request = exchange.fields("ChatRequest")
        messages = read_messages(request)
        tools = [tool.values for tool in request.objects("tools", "api.Tool")]
        model = request.text("model")
        dialect = Dialect(model, is_chat=True, splits_thinking=True, logprobs=read_logprobs(request))
        if ModelName.parse(model) is None:
            raise WireError(400, "model is required")
        installed = self._lookup.find(model, _MISSING)
        if not messages and _unloads(request):
            await self._inference.preload(exchange, self._ask(exchange, request, installed, dialect))
            return
        if tools:
            require(installed, "tools")
        _refuse_embedder(installed, model, "chat")
        ask = self._ask(exchange, request, installed, dialect)
        if not messages:
            await self._inference.preload(exchange, ask)
            return
        prompt = chat_prompt(
            _with_modelfile(messages, installed),
            tools=msgspec.json.encode(tools).decode() if tools else "",
            window=ask.run.load.num_ctx,
            truncate=ask.truncate,
        )
        callable_now = tuple(tools) if messages[-1].role != "tool" else ()
        await self._inference.reply(exchange, replace(ask, prompt=prompt, tools=callable_now))

    async def generate(self, exchange: Exchange) -> None:
        """`POST /api/generate`; an empty prompt means load or unload."""
        request = exchange.fields("GenerateRequest")
        model, raw = request.text("model"), request.flag("raw", default=False)
        dialect = Dialect(model, is_chat=False, splits_thinking=False, logprobs=read_logprobs(request))
        system, prompt, suffix = request.text("system"), request.text("prompt"), request.text("suffix")
        context, images = request.integers("context"), count_images(request)
        installed = self._lookup.find(model, _MISSING)
        if raw and (request.text("template") or system or context):
            raise WireError(400, "raw mode does not support template, system, or context")
        dialect = replace(dialect, splits_thinking=installed.spec.path == "rendered")
        if not prompt and _unloads(request):
            await self._inference.preload(exchange, self._ask(exchange, request, installed, dialect))
            return
        if suffix:
            require(installed, "insert")
        _refuse_embedder(installed, model, "generate")
        ask = self._ask(exchange, request, installed, dialect)
        if not prompt:
            await self._inference.preload(exchange, ask)
            return
        pieces = (prompt,) if raw else (system or installed.system, prompt, suffix)
        rendered = generate_prompt(pieces, images_tokens=images * IMAGE_TOKENS, context=len(context), raw=raw)
        history = None if raw else tuple(context)
        await self._inference.reply(exchange, replace(ask, prompt=rendered, context=history))

    def _ask(self, exchange: Exchange, request: Fields, installed: Installed, dialect: Dialect) -> Ask:
        shift = request.flag("shift", default=True) if request.value("shift") is not None else None
        return Ask(
            installed=installed,
            dialect=dialect,
            think=read_think(request, installed, dialect.model),
            run=self._lookup.options(request, installed, shift=shift),
            prompt=Prompt((), 0, ""),
            stream=request.flag("stream", default=True),
            truncate=request.flag("truncate", default=True),
            keep_alive=parse_keep_alive(request.value("keep_alive")),
            fault=exchange.fault,
            format=request.value("format"),
        )


def _unloads(request: Fields) -> bool:
    seconds = parse_keep_alive(request.value("keep_alive"))
    return seconds is not None and math.isclose(seconds, 0.0)


def _refuse_embedder(installed: Installed, model: str, verb: str) -> None:
    if "completion" not in installed.spec.capabilities:
        raise WireError(400, f'"{model}" does not support {verb}')


def _with_modelfile(messages: list[Message], installed: Installed) -> list[Message]:
    first = [Message(str(message.get("role", "")), str(message.get("content", ""))) for message in installed.messages]
    if installed.system and messages[0].role != "system":
        first.insert(0, Message("system", installed.system))
    return first + messages
