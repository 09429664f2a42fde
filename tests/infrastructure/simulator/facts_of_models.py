"""Recorded answers: what is said about models, and how they are pulled, copied, created and deleted."""

from tests.infrastructure.simulator.facts import BARE_JSON, NDJSON, Fact, refused
from tests.infrastructure.simulator.likeness import HEX_64, LOCAL_STAMP, WORDS

_DETAILS = {
    "parent_model": "",
    "format": "gguf",
    "family": "llama",
    "families": ["llama"],
    "parameter_size": "8.0B",
    "quantization_level": "Q4_K_M",
}
_UNKNOWN = "pull model manifest: file does not exist"

SHOWN = {
    "license": WORDS,
    "modelfile": WORDS,
    "template": WORDS,
    "details": _DETAILS,
    "model_info": {
        "general.architecture": "llama",
        "general.parameter_count": 8_030_261_248,
        "llama.context_length": 131_072,
        "llama.embedding_length": 4096,
        "tokenizer.ggml.model": "gpt2",
        "tokenizer.ggml.tokens": None,
        "tokenizer.ggml.token_type": None,
        "tokenizer.ggml.merges": None,
    },
    "tensors": [{"name": WORDS, "type": WORDS, "shape": [4096, 32]}],
    "capabilities": ["completion", "tools"],
    "modified_at": LOCAL_STAMP,
}
TAGGED = {
    "name": "native:latest",
    "model": "native:latest",
    "modified_at": LOCAL_STAMP,
    "size": 4_661_224_676,
    "digest": HEX_64,
    "details": {**_DETAILS, "context_length": 131_072, "embedding_length": 4096},
    # The tools of a native model come from its chat template, which this route does not look into.
    "capabilities": ["completion"],
}
RUNNING = {
    "name": "native:latest",
    "model": "native:latest",
    "size": 4_661_224_676,
    "digest": HEX_64,
    "details": _DETAILS,
    "expires_at": LOCAL_STAMP,
    "size_vram": 4_661_224_676,
    "context_length": 4096,
}

FACTS = [
    Fact("all about a model", "3.5", "POST", "/api/show", {"model": "native"}, json=SHOWN),
    Fact("the old key still names it", "1.3", "POST", "/api/show", {"name": "native"}, json=SHOWN),
    Fact("nothing is loaded at first", "3.6", "GET", "/api/ps", json={"models": []}),
    refused("nothing is known of it", "3.5", "/api/show", {"model": "zzz"}, 404, "model 'zzz:latest' not found"),
    refused("nothing to show", "14", "/api/show", {"model": ""}, 400, "model is required"),
    Fact(
        "a copy has no body",
        "8.2",
        "POST",
        "/api/copy",
        {"source": "native", "destination": "twin"},
        content_type=None,
        text="",
        headers={"content-length": "0"},
    ),
    refused("a copy of nothing", "8.2", "/api/copy", {"source": "x", "destination": "y"}, 404, 'model "x" not found'),
    refused("a copy without a source", "8.2", "/api/copy", {"destination": "y"}, 400, 'source "" is invalid'),
    refused(
        "a copy to a bad name",
        "8.2",
        "/api/copy",
        {"source": "native", "destination": "!!"},
        400,
        'destination "!!" is invalid',
    ),
    Fact(
        "a deletion has no body",
        "8.2",
        "DELETE",
        "/api/delete",
        {"name": "native"},
        content_type=None,
        text="",
        headers={"content-length": "0"},
    ),
    Fact(
        "a deletion of nothing",
        "8.2",
        "DELETE",
        "/api/delete",
        {"model": "x"},
        status=404,
        json={"error": "model 'x' not found"},
    ),
    Fact(
        "a deletion without a name",
        "8.2",
        "DELETE",
        "/api/delete",
        {},
        status=400,
        json={"error": "model is required"},
    ),
    Fact(
        "an unknown model pulled as a stream is no 404",
        "8.1",
        "POST",
        "/api/pull",
        {"model": "nothing"},
        content_type=NDJSON,
        lines=[{"status": "pulling manifest"}, {"error": _UNKNOWN}],
    ),
    refused(
        "an unknown model pulled in one answer is a 500",
        "8.1",
        "/api/pull",
        {"model": "nothing", "stream": False},
        500,
        _UNKNOWN,
        content_type=BARE_JSON,
    ),
    refused("a pull of a bad name", "8.1", "/api/pull", {"model": "a b"}, 400, "invalid model name"),
    Fact(
        "a pull in one answer",
        "8.1",
        "POST",
        "/api/pull",
        {"model": "native", "stream": False},
        content_type=BARE_JSON,
        json={"status": "success"},
    ),
    refused(
        "a model made of nothing",
        "8.2",
        "/api/create",
        {"model": "made"},
        400,
        "neither 'from' or 'files' was specified",
    ),
    refused("a model made without a name", "8.2", "/api/create", {"from": "native"}, 400, "invalid model name"),
    Fact("an unknown blob", "8.2", "HEAD", "/api/blobs/sha256:" + "0" * 64, status=404, content_type=None, text=""),
    refused(
        "a blob with a bad digest", "8.2", "/api/blobs/sha256:12", None, 400, "invalid digest format", content=b"x"
    ),
]
