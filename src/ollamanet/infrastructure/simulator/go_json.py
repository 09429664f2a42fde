"""JSON as Go's encoder writes it and as Ollama's handlers read it, error texts included."""

import json
import re
from collections.abc import Mapping
from typing import Final, NoReturn

import msgspec

from ollamanet.infrastructure.simulator.wire_errors import WireError

_encoder: Final = msgspec.json.Encoder()
_decoder: Final = msgspec.json.Decoder()
_LONE_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_ESCAPES: Final = (
    (b"<", b"\\u003c"),
    (b">", b"\\u003e"),
    (b"&", b"\\u0026"),
    ("\u2028".encode(), b"\\u2028"),
    ("\u2029".encode(), b"\\u2029"),
)


def encode(value: object) -> bytes:
    """Encode as Go does: `<`, `>`, `&` and the two Unicode line separators are escaped everywhere."""
    text = _encoder.encode(value)
    for plain, escaped in _ESCAPES:
        if plain in text:
            text = text.replace(plain, escaped)
    return text


def without_zeros(fields: Mapping[str, object]) -> dict[str, object]:
    """Drop what Go's `omitempty` drops: zero numbers, empty texts and lists, false, None."""
    return {key: value for key, value in fields.items() if value}


def decode_object(body: bytes, go_type: str) -> dict[str, object]:
    """Read a request body.

    Args:
        body: the whole body; any content type is read as JSON.
        go_type: the Go struct that Ollama decodes it into, named in its errors.

    Raises:
        WireError: 400 for an empty body, for bytes that are not JSON and for JSON that is not an object.
    """
    if not body.strip():
        raise WireError(400, "missing request body")
    try:
        value = _decoder.decode(body)
    except RecursionError as error:
        raise WireError(400, "exceeded max depth") from error
    except (msgspec.DecodeError, UnicodeDecodeError):
        value = _decode_leniently(body)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise WireError(400, f"json: cannot unmarshal {kind_of(value)} into Go value of type api.{go_type}")
    return value


def kind_of(value: object) -> str:
    """Name a decoded value the way Go's errors do."""
    kinds = {bool: "bool", str: "string", list: "array", dict: "object"}
    return kinds.get(type(value), "number")


def _decode_leniently(body: bytes) -> object:
    # Go replaces bad UTF-8 and lone surrogates by U+FFFD where msgspec refuses the whole text.
    text = body.decode("utf-8", "replace")
    try:
        value = json.loads(text, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        if error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated string"):
            raise WireError(400, "unexpected EOF") from error
        character = text[error.pos].replace("'", "\\'")
        raise WireError(400, f"invalid character '{character}' looking for beginning of value") from error
    except RecursionError as error:
        raise WireError(400, "exceeded max depth") from error
    clean = _LONE_SURROGATE.sub("\ufffd", json.dumps(value, ensure_ascii=False))
    try:
        return _decoder.decode(clean.encode())
    except msgspec.DecodeError as error:
        raise WireError(400, "json: a number is out of range") from error


def _refuse_constant(name: str) -> NoReturn:
    raise WireError(400, f"invalid character '{name[0]}' looking for beginning of value")
