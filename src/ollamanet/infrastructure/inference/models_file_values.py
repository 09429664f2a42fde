"""Single values of a file of model profiles: from what was written to what the program uses.

Each function raises ValueError whose message says what was expected, never what was given.
"""

import re
from pathlib import Path
from typing import Final

from ollamanet.domain.kernel.errors import InvalidRequest
from ollamanet.domain.kernel.model_name import ModelName

SHIPPED: Final = Path(__file__).with_name("models.yaml")
"""The file that comes with OllamaNet."""
FOREVER: Final = -1.0
LONGEST: Final = 86_400.0 * 30
_UNITS: Final = {"MB": 10**6, "MIB": 2**20, "GB": 10**9, "GIB": 2**30, "TB": 10**12, "TIB": 2**40}
_MEMORY: Final = re.compile(r"([0-9]{1,6}(?:\.[0-9]{1,3})?) ?([MGT]I?B)", re.IGNORECASE)
_WHOLE: Final = re.compile(r"0|[1-9][0-9_]{0,17}")
_NUMBER: Final = r"[0-9]{1,9}(?:\.[0-9]{1,6})?"
_DURATION: Final = re.compile(rf"(?=.)(?:({_NUMBER})h)?(?:({_NUMBER})m)?(?:({_NUMBER})s)?")


def memory(text: str) -> int:
    """Bytes of a size such as `24GB` (decimal, as on the box of a card) or `22.5GiB`."""
    match = _MEMORY.fullmatch(text.strip())
    if match is None:
        raise ValueError("a size of memory, such as 24GB or 512MiB")
    return round(float(match[1]) * _UNITS[match[2].upper()])


def whole_number(text: str, least: int, most: int) -> int:
    """A whole number in decimal digits; YAML's octal, hexadecimal and sexagesimal ones are not meant by anybody."""
    if _WHOLE.fullmatch(text) and least <= (number := int(text.replace("_", ""))) <= most:
        return number
    raise ValueError(f"a whole number from {least} to {most}")


def seconds(text: str, most: float) -> float:
    """Seconds, > 0: a number of them, or a duration such as `90s`, `30m` or `1h30m`."""
    if re.fullmatch(_NUMBER, text):
        count = float(text)
    elif (match := _DURATION.fullmatch(text)) is not None:
        count = sum(float(part or 0) * size for part, size in zip(match.groups(), (3600, 60, 1), strict=True))
    else:
        count = 0.0
    if not 0 < count <= most:
        raise ValueError(f"seconds, or a duration such as 90s or 1h30m, over 0 up to {most:g} s")
    return count


def keep_alive(text: str) -> float:
    """Seconds a model stays loaded; 0 for not at all, negative for ever."""
    if text.casefold() == "forever" or text in {"-1", "0"}:
        return 0.0 if text == "0" else FOREVER
    try:
        return seconds(text, LONGEST)
    except ValueError:
        raise ValueError("seconds, a duration such as 30m, 0, or forever") from None


def model(text: str) -> ModelName:
    """The name of a model."""
    try:
        return ModelName.parse(text)
    except InvalidRequest:
        raise ValueError("the name of a model, such as qwen3 or qwen3:14b") from None
