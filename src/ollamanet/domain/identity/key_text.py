"""What an API key looks like: `onk_`, 43 characters of base 62 from 32 random bytes, and 6 of their CRC-32.

The form is fixed, so that scanners find a leaked key, and a mistyped one is refused without a look at any store:
`onk_[0-9A-Za-z]{49}`.
"""

import re
from hashlib import sha256
from typing import Final
from zlib import crc32

PREFIX: Final = "onk_"
RANDOM_BYTES: Final = 32
SHOWN_LENGTH: Final = 12
"""Characters of a key that its owner is shown later on; they tell 47 of its 256 bits."""

_DIGITS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_BODY_LENGTH: Final = 43
_SUM_LENGTH: Final = 6
_SHAPE: Final = re.compile(rf"{PREFIX}[0-9A-Za-z]{{{_BODY_LENGTH + _SUM_LENGTH}}}", re.ASCII)


def key_text(random: bytes) -> str:
    """The key of 32 random bytes; 53 characters."""
    if len(random) != RANDOM_BYTES:
        raise ValueError(f"a key is made of {RANDOM_BYTES} random bytes")
    body = PREFIX + _base62(int.from_bytes(random), _BODY_LENGTH)
    return body + _check_sum(body)


def is_key_text(text: str) -> bool:
    """Whether it has the form of a key, and its check sum is right."""
    return _SHAPE.fullmatch(text) is not None and text[-_SUM_LENGTH:] == _check_sum(text[:-_SUM_LENGTH])


def hash_of_key(text: str) -> str:
    """What is stored in its place: SHA-256 in hexadecimal. Nobody can guess 32 random bytes, so it need not be slow."""
    return sha256(text.encode()).hexdigest()


def _check_sum(body: str) -> str:
    return _base62(crc32(body.encode()), _SUM_LENGTH)


def _base62(number: int, length: int) -> str:
    digits = []
    for _ in range(length):
        number, digit = divmod(number, 62)
        digits.append(_DIGITS[digit])
    return "".join(reversed(digits))
