"""Refusals as Ollama words them: a status and one sentence that clients may compare byte for byte."""

from typing import Final

import msgspec

BUSY: Final = "server busy, please try again.  maximum pending requests exceeded"
CRASHED: Final = "an error was encountered while running the model: unexpected EOF"
OUT_OF_MEMORY: Final = "llama-server process has terminated: exit status 1: cudaMalloc failed: out of memory"
LOAD_CRASHED: Final = (
    "llama-server process has terminated: exit status 1: error loading model: failed to read tensor data"
)
LOAD_STALLED: Final = "timed out waiting for llama-server to start - loading model"
PROMPT_TOO_LONG: Final = (
    "the prompt is longer than the context length currently available to the model; shorten the prompt, "
    "adjust the context length in settings, or use a model with a longer context length"
)


class WireError(Exception):
    """A refusal with its status; `extra` holds further keys of the JSON body."""

    def __init__(self, status: int, text: str, **extra: str) -> None:
        super().__init__(text)
        self.status = status
        self.text = text
        self.extra = extra


def child_rejection(status: int, kind: str, message: str, **counts: int) -> WireError:
    """Wrap an answer of the llama-server child, whose JSON travels as text inside Ollama's own `error`."""
    body = {"error": {"code": status, "message": message, "type": kind, **counts}}
    return WireError(status, msgspec.json.encode(body).decode())


def window_exceeded(tokens: int, window: int) -> WireError:
    """What the child says when a prompt of `tokens` does not fit a `window` of tokens."""
    message = f"request ({tokens} tokens) exceeds the available context size ({window} tokens), try increasing it"
    return child_rejection(400, "exceed_context_size_error", message, n_prompt_tokens=tokens, n_ctx=window)
