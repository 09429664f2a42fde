"""Recorded answers: completions and embeddings, and what they refuse."""

from tests.infrastructure.simulator.facts import NDJSON, Fact, refused
from tests.infrastructure.simulator.facts_of_chats import COUNTERS
from tests.infrastructure.simulator.likeness import IDS, POSITIVE, UNIT_VECTOR, UTC_STAMP, VECTOR, WORDS

_OPEN = {"created_at": UTC_STAMP, "done": False}
_LAST = {"created_at": UTC_STAMP, "done": True}
_RAW = "raw mode does not support template, system, or context"

GENERATE = [
    Fact(
        "a streamed completion",
        "3.1",
        "POST",
        "/api/generate",
        {"model": "native", "prompt": "Hi", "options": {"num_predict": 1}},
        content_type=NDJSON,
        lines=[
            {"model": "native", **_OPEN, "response": WORDS},
            {"model": "native", **_LAST, "response": "", "done_reason": "length", "context": IDS, **COUNTERS},
        ],
    ),
    Fact(
        "a raw completion has no context",
        "3.1",
        "POST",
        "/api/generate",
        {"model": "native", "prompt": "Hi", "raw": True, "stream": False},
        json={"model": "native", **_LAST, "response": WORDS, "done_reason": "stop", **COUNTERS},
    ),
    Fact(
        "an empty prompt loads the model",
        "3.1",
        "POST",
        "/api/generate",
        {"model": "native"},
        json={"model": "native", **_LAST, "response": "", "done_reason": "load"},
    ),
    refused("no model for a completion", "3.1", "/api/generate", {"prompt": "Hi"}, 404, "model '' not found"),
    refused(
        "a raw prompt with a system",
        "3.1",
        "/api/generate",
        {"model": "native", "prompt": "Hi", "raw": True, "system": "Be brief."},
        400,
        _RAW,
    ),
    refused(
        "a suffix that the model cannot fill in",
        "3.1",
        "/api/generate",
        {"model": "native", "prompt": "a", "suffix": "b"},
        400,
        "registry.ollama.ai/library/native:latest does not support insert",
    ),
    refused(
        "a completion with an embedder",
        "3.1",
        "/api/generate",
        {"model": "embedder", "prompt": "Hi"},
        400,
        '"embedder" does not support generate',
    ),
]

EMBED = [
    Fact(
        "vectors of length 1, in order",
        "3.2",
        "POST",
        "/api/embed",
        {"model": "embedder", "input": ["one", "two"]},
        json={
            "model": "embedder",
            "embeddings": [UNIT_VECTOR, UNIT_VECTOR],
            "total_duration": POSITIVE,
            "load_duration": POSITIVE,
            "prompt_eval_count": POSITIVE,
        },
    ),
    Fact(
        "nothing to embed loads the model",
        "3.2",
        "POST",
        "/api/embed",
        {"model": "embedder", "input": ""},
        json={"model": "embedder", "embeddings": []},
    ),
    Fact(
        "one vector the old way, without counters",
        "3.3",
        "POST",
        "/api/embeddings",
        {"model": "embedder", "prompt": "one"},
        json={"embedding": VECTOR},
    ),
    Fact(
        "no prompt the old way",
        "3.3",
        "POST",
        "/api/embeddings",
        {"model": "embedder"},
        json={"embedding": []},
    ),
    refused("numbers to embed", "3.2", "/api/embed", {"model": "embedder", "input": [1]}, 400, "invalid input type"),
    refused(
        "too long to embed uncut",
        "3.2",
        "/api/embed",
        {"model": "embedder", "input": "word " * 600, "truncate": False},
        400,
        "the input length exceeds the context length",
    ),
    refused(
        "an unknown embedder",
        "3.2",
        "/api/embed",
        {"model": "m", "input": "one"},
        404,
        'model "m" not found, try pulling it first',
    ),
    refused("no embedder at all", "3.2", "/api/embed", {"input": "one"}, 404, "model '' not found"),
    refused("no embedder the old way", "14", "/api/embeddings", {"prompt": "one"}, 400, "model is required"),
]

FACTS = [*GENERATE, *EMBED]
