"""A request for a reply, as the body of `POST /api/chat`."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec
from msgspec import UNSET, Raw, UnsetType

from ollamanet.domain.inference.model_profile import ModelProfile
from ollamanet.domain.kernel.chat import ReplyRequest, Sampling, ToolCall, Turn
from ollamanet.domain.kernel.errors import InvalidRequest
from ollamanet.infrastructure.inference.ollama_wire import UNREADABLE, ChatSent, FunctionSent, MessageSent, ToolCallSent

LOAD_TIME_OPTIONS: Final = frozenset(
    {"num_ctx", "num_batch", "num_gpu", "main_gpu", "use_mmap", "num_thread", "draft_num_predict"}
)
"""Options whose change makes a replica tear the model down and load it again: nobody but a profile sets them."""

_ENCODER: Final = msgspec.json.Encoder()


_LEFT_TO_OLLAMA: Final = ModelProfile()


def chat_body(request: ReplyRequest, profile: ModelProfile = _LEFT_TO_OLLAMA) -> bytes:
    """Encode a request.

    Args:
        request: its model, turns and sampling are sent, load-time options left out.
        profile: what every request for this model has to say alike, or a replica would load it anew.

    Raises:
        InvalidRequest: a part that is given as JSON text is not JSON, or a text cannot be written as UTF-8.
    """
    sampling = request.sampling
    try:
        return _ENCODER.encode(
            ChatSent(
                model=str(request.model),
                messages=tuple(_message(turn) for turn in request.turns),
                stream=True,
                options=_options(sampling.options, profile),
                format=_format(sampling),
                think=UNSET if sampling.think is None else sampling.think,
                tools=UNSET if sampling.tools is None else _json("tools", sampling.tools, b"["),
                keep_alive=UNSET if profile.keep_alive is None else profile.keep_alive,
            )
        )
    except UnicodeEncodeError as error:
        raise InvalidRequest("messages: expected text without lone surrogates") from error


def _message(turn: Turn) -> MessageSent:
    return MessageSent(turn.role.value, turn.text, turn.images, tuple(_tool_call(call) for call in turn.tool_calls))


def _tool_call(call: ToolCall) -> ToolCallSent:
    return ToolCallSent(call.id, FunctionSent(call.name, _json("tool_calls.arguments", call.arguments, b"{")))


def _options(options: Mapping[str, Any], profile: ModelProfile) -> Mapping[str, Any] | UnsetType:
    if options.get("num_predict") == 0:
        # Some of Ollama's models would generate nothing for it, the others without any bound.
        raise InvalidRequest("options.num_predict: expected a number of tokens other than 0")
    sent = {name: value for name, value in options.items() if name not in LOAD_TIME_OPTIONS}
    if profile.num_ctx is not None:
        sent["num_ctx"] = profile.num_ctx
    return sent or UNSET


def _format(sampling: Sampling) -> Raw | UnsetType:
    if sampling.format is None:
        return UNSET
    return Raw(b'"json"') if sampling.format == "json" else _json("format", sampling.format, b"{")


def _json(field: str, text: str, first: bytes) -> Raw:
    """The text unchanged, once it is known to be one JSON value of the right kind and nothing after it."""
    try:
        value = msgspec.json.decode(text, type=Raw)
    except (*UNREADABLE, UnicodeEncodeError) as error:
        raise InvalidRequest(f"{field}: expected JSON text") from error
    if not bytes(value).startswith(first):
        raise InvalidRequest(f"{field}: expected a JSON {'array' if first == b'[' else 'object'}")
    return value
