"""Values that a recorded answer leaves open: each equals whatever has its form."""

import re
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, eq=False)
class Like:
    """Equal to every value that passes the test; `form` is shown where one does not."""

    form: str
    test: Callable[[object], bool]

    def __eq__(self, other: object) -> bool:
        return self.test(other)

    def __hash__(self) -> int:
        return hash(self.form)

    def __repr__(self) -> str:
        return f"<{self.form}>"


def _matches(pattern: str) -> Callable[[object], bool]:
    return lambda value: isinstance(value, str) and re.fullmatch(pattern, value) is not None


_TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{0,8}[1-9])?"

POSITIVE = Like("a positive integer", lambda value: type(value) is int and value > 0)
WORDS = Like("some text", lambda value: isinstance(value, str) and value != "")
UTC_STAMP = Like("a UTC time without trailing zeros", _matches(_TIME + "Z"))
LOCAL_STAMP = Like("a time with its zone", _matches(_TIME + r"(Z|[+-]\d\d:\d\d)"))
HEX_64 = Like("64 hex digits", _matches("[0-9a-f]{64}"))
IDS = Like("a list of token ids", lambda value: isinstance(value, list) and all(type(item) is int for item in value))
UNIT_VECTOR = Like(
    "a vector of length 1", lambda value: isinstance(value, list) and abs(sum(item * item for item in value) - 1) < 1e-6
)
VECTOR = Like("a vector", lambda value: isinstance(value, list) and all(isinstance(item, float) for item in value))
