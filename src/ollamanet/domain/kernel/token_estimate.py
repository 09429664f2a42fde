"""How many tokens a prompt will cost, before any tokenizer has seen it."""

from collections.abc import Iterable
from typing import Final

from ollamanet.domain.kernel.chat import Turn

_LETTERS: Final = bytes(range(ord("a"), ord("z") + 1)) + bytes(range(ord("A"), ord("Z") + 1))
_DIGITS: Final = b"0123456789"
_SPACES: Final = b" \t\r\n"
_HIGH: Final = bytes(range(0x80, 0x100))

# Tokens a byte of each class costs, on the high side of what current tokenizers need: some split every digit,
# in code most signs are tokens of their own, and a character of Chinese, three bytes long, can take more than one.
_PER_LETTER: Final = 0.3
_PER_DIGIT: Final = 1.0
_PER_SPACE: Final = 0.15
_PER_HIGH: Final = 0.5
_PER_SIGN: Final = 1.0

TURN_OVERHEAD: Final = 8
IMAGE_TOKENS: Final = 768


def estimate_tokens(text: str) -> int:
    """Tokens (>= 0) that a text is likely to cost, erring high.

    Source: weights for byte classes, after counts of Llama 3 and Qwen tokenizers over prose, code, digits and CJK.
    """
    data = text.encode("utf-8", "surrogatepass")
    size = len(data)
    rest = data.translate(None, _LETTERS)
    letters = size - len(rest)
    signs = rest.translate(None, _DIGITS)
    digits = len(rest) - len(signs)
    spaces = sum(signs.count(space) for space in _SPACES)
    high = len(signs) - len(signs.translate(None, _HIGH))
    others = len(signs) - spaces - high
    cost = letters * _PER_LETTER + digits * _PER_DIGIT + spaces * _PER_SPACE + high * _PER_HIGH + others * _PER_SIGN
    return int(cost) + (cost > int(cost))


def estimate_turn(turn: Turn) -> int:
    """Tokens of one turn, with the template's overhead, its images and its tool calls."""
    calls = sum(
        estimate_tokens(call.name) + estimate_tokens(call.arguments) + TURN_OVERHEAD for call in turn.tool_calls
    )
    return estimate_tokens(turn.text) + TURN_OVERHEAD + IMAGE_TOKENS * len(turn.images) + calls


def estimate_prompt(turns: Iterable[Turn]) -> int:
    """Tokens of a whole prompt."""
    return sum(map(estimate_turn, turns))
