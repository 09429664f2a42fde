"""Embeddings of a text: deterministic, and close for texts that share words."""

import hashlib
import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from ollamanet.infrastructure.simulator.tokens import split_tokens

_FEATURES_PER_TOKEN: Final = 8
_FEATURE_BYTES: Final = 4
# A little of the whole text's own, so that an empty text has a direction and reordered words are not quite equal.
_WHOLE_TEXT_WEIGHT: Final = 0.1


@lru_cache(maxsize=4096)
def _features(token: str, dimensions: int) -> tuple[tuple[int, float], ...]:
    digest = hashlib.blake2b(token.lower().encode(), digest_size=_FEATURES_PER_TOKEN * _FEATURE_BYTES).digest()
    numbers = [int.from_bytes(digest[at : at + _FEATURE_BYTES]) for at in range(0, len(digest), _FEATURE_BYTES)]
    return tuple((number // 2 % dimensions, 1.0 if number % 2 else -1.0) for number in numbers)


def raw_vector(text: str, *, dimensions: int, window: int) -> list[float]:
    """Hash the first `window` tokens of a text into `dimensions` numbers, not normalised."""
    vector, tokens = [0.0] * dimensions, split_tokens(text)[:window]
    for at, sign in _features(f"whole text: {' '.join(tokens)}", dimensions):
        vector[at] += sign * _WHOLE_TEXT_WEIGHT
    for token in tokens:
        for at, sign in _features(token, dimensions):
            vector[at] += sign
    return vector


def normalised(vector: Sequence[float]) -> list[float]:
    """Scale to length 1; a vector of zeros points along the first axis. Rounded to what a float32 holds."""
    length = math.sqrt(math.fsum(value * value for value in vector))
    if length == 0:
        return [1.0, *[0.0] * (len(vector) - 1)]
    return [round(value / length, 8) for value in vector]
