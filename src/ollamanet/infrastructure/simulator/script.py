"""What a model will say, worked out before it says it: the same for the same seed, model and prompt."""

import hashlib
import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from ollamanet.infrastructure.simulator.ask import Ask
from ollamanet.infrastructure.simulator.dialects import Beat, ToolCall
from ollamanet.infrastructure.simulator.options import SimulatorOptions
from ollamanet.infrastructure.simulator.prose import write_prose
from ollamanet.infrastructure.simulator.schema_values import SchemaValues

_NATURAL_LENGTH: Final = (24, 120)
_THOUGHT_LENGTH: Final = (8, 24)
# Ollama caps every generation at this many windows.
_WINDOWS_PER_REPLY: Final = 10
_JSON_TOKEN: Final = re.compile(r"\s*\w+|\s*\W")
_ID_SIGNS: Final = "abcdefghijklmnopqrstuvwxyz0123456789"


@dataclass(frozen=True, slots=True)
class Script:
    """The tokens of a reply. `calls` are the tool calls, wherever the path places them."""

    beats: tuple[Beat, ...]
    done_reason: str
    calls: tuple[ToolCall, ...] = ()
    uncounted: int = 0


def write_script(ask: Ask, options: SimulatorOptions) -> Script:
    """Work out the reply: thinking first, then tool calls, JSON or prose; cut where the request limits it."""
    seed = f"{options.seed}|{ask.run.seed}|{ask.installed.spec.name}|{ask.prompt.text}"
    rng = random.Random(hashlib.blake2b(seed.encode(), digest_size=8).digest())  # noqa: S311 - prose, no secret
    beats = _thoughts(ask, rng) if ask.think else []
    # Rendered models with a format think in a first pass of their own, which no counter shows.
    uncounted = len(beats) if ask.format and ask.installed.spec.path == "rendered" else 0
    calls = _calls(ask, rng)
    if calls:
        beats += [Beat("silent", token) for token in _JSON_TOKEN.findall(msgspec.json.encode(calls).decode())]
    else:
        beats += _until_stop(_text(ask, options, rng), ask.run.stop)
    limit = _limit(ask)
    if len(beats) > limit:
        return Script(tuple(beats[:limit]), "length", uncounted=min(uncounted, limit))
    if calls and not ask.native_chat:
        beats.append(Beat("tools", ""))
    return Script(tuple(beats), "stop", calls, uncounted)


def _thoughts(ask: Ask, rng: random.Random) -> list[Beat]:
    words = write_prose(rng, about=ask.prompt.question, length=rng.randint(*_THOUGHT_LENGTH))
    if ask.dialect.splits_thinking:
        return [Beat("thinking", word) for word in words]
    return [Beat("content", token) for token in ("<think>\n", *words, "\n</think>\n\n")]


def _text(ask: Ask, options: SimulatorOptions, rng: random.Random) -> list[str]:
    about = ask.prompt.question
    if isinstance(ask.format, dict):
        return _JSON_TOKEN.findall(msgspec.json.encode(SchemaValues(ask.format, rng).make()).decode())
    if ask.format:
        sentence = "".join(write_prose(rng, about=about, length=12))
        return _JSON_TOKEN.findall(msgspec.json.encode({"answer": sentence, "certain": True}).decode())
    natural = rng.randint(*_NATURAL_LENGTH)
    length = ask.installed.spec.reply_tokens or options.reply_tokens or natural
    return write_prose(rng, about=about, length=min(length, _limit(ask) + 1))


def _until_stop(tokens: Sequence[str], stops: Sequence[str]) -> list[Beat]:
    text = "".join(tokens)
    end = min((at for stop in stops if stop and (at := text.find(stop)) >= 0), default=len(text))
    beats, at = [], 0
    for token in tokens:
        if at >= end:
            break
        beats.append(Beat("content", token[: end - at]))
        at += len(token)
    return beats


def _limit(ask: Ask) -> int:
    run = ask.run
    # A num_predict of 0 generates nothing natively; the rendered path drops the field and never stops for it.
    asked = run.num_predict > 0 or (run.num_predict == 0 and ask.native_chat)
    limit = _WINDOWS_PER_REPLY * run.load.num_ctx
    if asked:
        limit = min(limit, run.num_predict)
    if not run.load.shift:
        limit = min(limit, max(0, run.load.num_ctx - ask.prompt.tokens))
    return limit


def _calls(ask: Ask, rng: random.Random) -> tuple[ToolCall, ...]:
    question = ask.prompt.question.lower()
    functions = [function for tool in ask.tools if isinstance(function := tool.get("function"), dict)]
    mentioned = [f for f in functions if any(part in question for part in _name_parts(f))]
    calls = []
    for index, function in enumerate(mentioned or functions[:1]):
        parameters = function.get("parameters")
        arguments = SchemaValues(parameters if isinstance(parameters, dict) else {"type": "object"}, rng).make()
        call = {"index": index, "name": str(function.get("name", "")), "arguments": arguments}
        calls.append({"id": _call_id(ask, rng), "function": call})
    return tuple(calls)


def _name_parts(function: Mapping[str, object]) -> list[str]:
    return [part for part in re.split(r"[^a-z]+", str(function.get("name", "")).lower()) if len(part) > 3]


def _call_id(ask: Ask, rng: random.Random) -> str:
    if ask.native_chat:
        return "".join(rng.choices(_ID_SIGNS, k=32))
    return "call_" + "".join(rng.choices(_ID_SIGNS, k=8))
