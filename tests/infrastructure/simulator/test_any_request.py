"""Whatever a client sends, it gets an answer that Ollama could have given; nothing makes the daemon stumble."""

import asyncio
import json
import random
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.infrastructure.simulator.daemons import INSTANT

from ollamanet.infrastructure.simulator.app import Simulator
from ollamanet.infrastructure.simulator.exchange import Message
from ollamanet.infrastructure.simulator.schema_values import SchemaValues

KEYWORDS = st.sampled_from(
    ["type", "properties", "items", "enum", "anyOf", "$ref", "$defs", "minItems", "minLength", "maximum", "const"]
)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**40), 2**40)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
)
KINDS = st.sampled_from(["object", "array", "string", "integer", "number", "boolean", "null", "#/$defs/a"])
ANYTHING = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
)
SCHEMAS = st.recursive(
    SCALARS | KINDS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYWORDS, inner, max_size=4)
)
MODELS = st.sampled_from(["native", "rendered", "thinker", "seer", "filler", "embedder", "missing"])
MESSAGES = st.lists(
    st.fixed_dictionaries(
        {"role": st.sampled_from(["system", "user", "assistant", "tool"]), "content": st.text()},
        optional={"images": st.lists(st.text(max_size=4), max_size=1), "tool_calls": ANYTHING, "thinking": st.text()},
    ),
    min_size=1,
    max_size=4,
)
OPTIONS = {
    "num_ctx": st.integers(-9, 99),
    "num_predict": st.integers(-9, 99),
    "num_keep": st.integers(-(2**40), 2**40),
    "stop": st.lists(st.text(max_size=3), max_size=2),
    "seed": ANYTHING,
}
TOOLS = st.lists(st.fixed_dictionaries({"function": st.fixed_dictionaries({"parameters": SCHEMAS})}), max_size=2)
# A request that makes sense, and then one or two things in it that need not.
SENSIBLE = st.fixed_dictionaries(
    {"model": MODELS, "messages": MESSAGES, "prompt": st.text(), "input": st.lists(st.text(), max_size=3)},
    optional={
        "stream": st.booleans(),
        "options": st.fixed_dictionaries({}, optional=OPTIONS),
        "format": st.just("json") | st.dictionaries(KEYWORDS, SCHEMAS, max_size=4),
        "tools": TOOLS,
        "keep_alive": st.integers(-(2**60), 2**60),
        "from": MODELS,
        "system": st.text(),
        "truncate": st.booleans(),
        "shift": st.booleans(),
        "logprobs": st.booleans(),
        "context": st.lists(st.integers(0, 9), max_size=3),
        "dimensions": st.integers(-9, 99),
    },
)
WILD = st.dictionaries(
    st.sampled_from(
        ["model", "messages", "prompt", "input", "options", "format", "tools", "keep_alive", "think", "stop"]
    ),
    ANYTHING,
    max_size=1,
)
FIELDS = st.builds(lambda sensible, wild: sensible | wild, SENSIBLE, WILD)


async def answered(path: str, body: bytes) -> tuple[int, bytes]:
    simulator, sent = Simulator(INSTANT), []
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        if not waiting:
            await asyncio.Event().wait()
        return waiting.pop()

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": path, "headers": [(b"host", b"localhost")]}
    await simulator(scope, receive, send)
    await simulator.close()
    assert sent[-1].get("more_body", False) is False
    return sent[0]["status"], b"".join(message.get("body", b"") for message in sent[1:])


@pytest.mark.parametrize("path", ["/api/chat", "/api/generate", "/api/embed", "/api/show", "/api/create", "/api/pull"])
@settings(max_examples=60, deadline=None)
@given(fields=FIELDS)
def test_any_object_is_answered_in_json(path: str, fields: dict[str, Any]) -> None:
    body = json.dumps(fields).encode("utf-8", "surrogatepass")

    status, answer = asyncio.run(answered(path, body))

    assert status in {200, 400, 404, 500, 501}
    for line in answer.splitlines():
        decoded = msgspec.json.decode(line)
        assert isinstance(decoded, dict)
        assert (status == 200) or list(decoded) == ["error"]


@given(schema=SCHEMAS, seed=st.integers(0, 9))
def test_any_schema_has_a_value_that_is_json(schema: Any, seed: int) -> None:
    if isinstance(schema, dict):
        value = SchemaValues(schema, random.Random(seed)).make()

        assert msgspec.json.decode(msgspec.json.encode(value)) is not msgspec.UNSET
