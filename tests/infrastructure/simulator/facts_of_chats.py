"""Recorded answers: chats, streamed and whole, and what they refuse."""

from tests.infrastructure.simulator.daemons import said
from tests.infrastructure.simulator.facts import BARE_JSON, NDJSON, Fact, refused
from tests.infrastructure.simulator.likeness import POSITIVE, UTC_STAMP, WORDS

COUNTERS = {
    "total_duration": POSITIVE,
    "load_duration": POSITIVE,
    "prompt_eval_count": POSITIVE,
    "prompt_eval_duration": POSITIVE,
    "eval_count": POSITIVE,
    "eval_duration": POSITIVE,
}
_OPEN = {"created_at": UTC_STAMP, "done": False}
_LAST = {"created_at": UTC_STAMP, "done": True}
_EMPTY = {"role": "assistant", "content": ""}
_TWO = {"num_predict": 2}
_TOOL = {"type": "function", "function": {"name": "weather", "parameters": {"type": "object", "properties": {}}}}
_THINK = 'invalid think value: "ultra" (must be "high", "medium", "low", "max", true, or false)'
_FORMAT = 'invalid format: "\\"xml\\""; expected "json" or a valid JSON Schema object'


def _chat(**more: object) -> dict[str, object]:
    return {"model": "native", "messages": said("Hi"), **more}


def _word(content: object, **more: object) -> dict[str, object]:
    return {"model": "native", **_OPEN, "message": {"role": "assistant", "content": content, **more}}


FACTS = [
    Fact(
        "a streamed chat",
        "2",
        "POST",
        "/api/chat",
        _chat(options=_TWO),
        content_type=NDJSON,
        lines=[
            _word(WORDS),
            _word(WORDS),
            {"model": "native", **_LAST, "message": _EMPTY, "done_reason": "length", **COUNTERS},
        ],
        headers={"transfer-encoding": "chunked"},
    ),
    Fact(
        "a whole chat",
        "2",
        "POST",
        "/api/chat",
        _chat(stream=False),
        json={
            "model": "native",
            **_LAST,
            "message": {"role": "assistant", "content": WORDS},
            "done_reason": "stop",
            **COUNTERS,
        },
    ),
    Fact(
        "a chat that thinks",
        "2",
        "POST",
        "/api/chat",
        _chat(stream=False, model="thinker"),
        json={
            "model": "thinker",
            **_LAST,
            "message": {"role": "assistant", "content": WORDS, "thinking": WORDS},
            "done_reason": "stop",
            **COUNTERS,
        },
    ),
    Fact(
        "no messages load the model, in one line that is no stream",
        "2",
        "POST",
        "/api/chat",
        {"model": "native"},
        json={"model": "native", **_LAST, "message": _EMPTY, "done_reason": "load"},
    ),
    Fact(
        "no messages and no keep_alive unload it, even when it is not loaded",
        "2",
        "POST",
        "/api/chat",
        {"model": "native", "messages": [], "keep_alive": "0s"},
        json={"model": "native", **_LAST, "message": _EMPTY, "done_reason": "unload"},
    ),
    Fact(
        "the name comes back as it was written",
        "1.7",
        "POST",
        "/api/chat",
        {"model": "NATIVE"},
        json={"model": "NATIVE", **_LAST, "message": _EMPTY, "done_reason": "load"},
    ),
    Fact(
        "nulls are absent fields",
        "1.3",
        "POST",
        "/api/chat",
        dict.fromkeys(("stream", "format", "options", "keep_alive", "tools", "think", "messages", "top_logprobs"))
        | {"model": "native"},
        json={"model": "native", **_LAST, "message": _EMPTY, "done_reason": "load"},
    ),
    refused("no model", "14", "/api/chat", {"messages": said("Hi")}, 400, "model is required"),
    refused("an unknown model", "14", "/api/chat", _chat(model="m"), 404, "model 'm' not found"),
    refused(
        "a chat with an embedder", "14", "/api/chat", _chat(model="embedder"), 400, '"embedder" does not support chat'
    ),
    refused(
        "thinking that the model cannot do",
        "5.1",
        "/api/chat",
        _chat(think=True),
        400,
        '"native" does not support thinking',
    ),
    refused("a level of thinking that does not exist", "5.1", "/api/chat", _chat(think="ultra"), 400, _THINK),
    refused(
        "tools that the model cannot call",
        "2",
        "/api/chat",
        _chat(model="seer", tools=[_TOOL]),
        400,
        "registry.ollama.ai/library/seer:latest does not support tools",
    ),
    refused(
        "too many alternatives", "2", "/api/chat", _chat(top_logprobs=21), 400, "top_logprobs must be between 0 and 20"
    ),
    refused(
        "an image as a data URL",
        "2",
        "/api/chat",
        {"model": "seer", "messages": [{"role": "user", "content": "", "images": ["data:image/png;base64,AAAA"]}]},
        400,
        "illegal base64 data at input byte 4",
    ),
    refused(
        "a duration without a unit",
        "4",
        "/api/chat",
        _chat(keep_alive="300"),
        400,
        'time: missing unit in duration "300"',
    ),
    refused("a keep_alive that is a bool", "4", "/api/chat", _chat(keep_alive=True), 400, "Unsupported type: 'bool'"),
    refused(
        "an option of the wrong type",
        "5",
        "/api/chat",
        _chat(options={"num_ctx": "big"}),
        500,
        'option "num_ctx" must be of type integer',
    ),
    refused(
        "stop words that are no list",
        "5",
        "/api/chat",
        _chat(options={"stop": "end"}),
        500,
        'option "stop" must be of type array',
    ),
    refused("a format that does not exist", "5.1", "/api/chat", _chat(format="xml", stream=False), 500, _FORMAT),
    refused(
        "the same once a stream was chosen",
        "1.4",
        "/api/chat",
        _chat(format="xml"),
        500,
        _FORMAT,
        content_type=BARE_JSON,
    ),
]
