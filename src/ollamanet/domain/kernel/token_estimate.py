"""How many tokens a prompt will cost, before any tokenizer has seen it."""

from math import ceil
from typing import Final

from ollamanet.domain.kernel.chat import Sampling, Turn

_LETTERS: Final = bytes(range(ord("a"), ord("z") + 1)) + bytes(range(ord("A"), ord("Z") + 1))
_DIGITS: Final = b"0123456789"
_SPACES: Final = b" \t\r\n"
_HIGH: Final = bytes(range(0x80, 0x100))
_PLANE: Final = b"\xf0"
"""How characters of four bytes begin: emoji and rare ideographs."""

# Tokens a byte of each class costs, on the high side of what current tokenizers need: some split every digit,
# in code most signs are tokens of their own, and a character of Chinese, three bytes long, can take more than one.
_PER_LETTER: Final = 0.3
_PER_DIGIT: Final = 1.0
_PER_SPACE: Final = 0.15
_PER_HIGH: Final = 0.5
_PER_SIGN: Final = 1.0
_PER_PLANE: Final = 1.5
# Among numbers, letters and spaces stand alone and cost nearly as much as digits: hashes, tables, dates.
_AMONG_DIGITS: Final = 0.7
_DIGITS_PER_LETTER: Final = 0.4

TURN_OVERHEAD: Final = 8
IMAGE_TOKENS: Final = 768
_JSON_BYTES_PER_TOKEN: Final = 3


def estimate_tokens(text: str) -> int:
    """Tokens (>= 0) that a text is likely to cost, erring high.

    Source: weights for byte classes, held against what four tokenizers made of `bench/token_texts`.
    """
    data = text.encode("utf-8", "surrogatepass")
    high = planes = 0
    # Each pass drops what it counted, most frequent first, so that the later ones are short: every turn comes here.
    dense = len(data) > 2 * len(text)
    if dense:
        planes = data.count(_PLANE)
        high, data = _without(data, _HIGH)
    letters, data = _without(data, _LETTERS)
    if not dense and not text.isascii():
        planes = data.count(_PLANE)
        high, data = _without(data, _HIGH)
    spaces, data = _without(data, _SPACES)
    digits, data = _without(data, _DIGITS)
    cost = high * _PER_HIGH + planes * _PER_PLANE + len(data) * _PER_SIGN
    cost += letters * _PER_LETTER + digits * _PER_DIGIT + spaces * _PER_SPACE
    cost += _AMONG_DIGITS * min(letters + spaces, max(0.0, digits - _DIGITS_PER_LETTER * letters))
    return ceil(cost)


def estimate_turn(turn: Turn) -> int:
    """Tokens of one turn, with the template's overhead, its images and its tool calls."""
    return estimate_said(turn) + IMAGE_TOKENS * len(turn.images)


def estimate_said(turn: Turn) -> int:
    """Tokens of one turn without its images: they cost a model what they cost, whatever its tokenizer makes of text."""
    calls = sum(
        estimate_tokens(call.name) + estimate_tokens(call.arguments) + TURN_OVERHEAD for call in turn.tool_calls
    )
    return estimate_tokens(turn.text) + TURN_OVERHEAD + calls


def estimate_sampling(sampling: Sampling) -> int:
    """Tokens (>= 0) of what comes with the turns: tools, and a schema of the answer, which some templates show too."""
    return _estimate_json(sampling.tools) + _estimate_json(sampling.format)


def _without(data: bytes, kind: bytes) -> tuple[int, bytes]:
    """How many bytes are of a kind, and the others."""
    rest = data.translate(None, kind)
    return len(data) - len(rest), rest


def _estimate_json(text: str | None) -> int:
    return 0 if text is None else ceil(len(text.encode("utf-8", "surrogatepass")) / _JSON_BYTES_PER_TOKEN)
