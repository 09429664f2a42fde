"""Time as a Go program writes and reads it: RFC 3339 stamps, durations and `keep_alive` values."""

import math
import re
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

from ollamanet.infrastructure.simulator.wire_errors import WireError

NANOSECONDS: Final = 1_000_000_000
# A Go duration is a signed 64-bit count of nanoseconds, so its "forever" is about 292 years.
FOREVER_SECONDS: Final = (2**63 - 1) // NANOSECONDS

_UNITS: Final = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_TERM: Final = re.compile(r"(\d+\.?\d*|\.\d+)([^\d.]*)")


@lru_cache(maxsize=8)
def _utc_second(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def utc_stamp(nanoseconds: int) -> str:
    """Format a Unix time in nanoseconds as UTC, the fraction without its trailing zeros."""
    seconds, fraction = divmod(nanoseconds, NANOSECONDS)
    if fraction == 0:
        return _utc_second(seconds) + "Z"
    return f"{_utc_second(seconds)}.{fraction:09d}".rstrip("0") + "Z"


def local_stamp(nanoseconds: int) -> str:
    """Format a Unix time in nanoseconds in the zone of the server, `Z` where that is UTC."""
    seconds, fraction = divmod(nanoseconds, NANOSECONDS)
    local = datetime.fromtimestamp(seconds, UTC).astimezone()
    offset = local.strftime("%z")
    zone = "Z" if offset == "+0000" else f"{offset[:3]}:{offset[3:5]}"
    return local.strftime("%Y-%m-%dT%H:%M:%S") + (f".{fraction:09d}".rstrip("0") if fraction else "") + zone


def parse_duration(text: str) -> float:
    """Read a Go duration such as `1.5h` or `2h45m`.

    Returns:
        Seconds, negative for a negative duration.

    Raises:
        WireError: 400 with the text of Go's own parser.
    """
    sign, rest = (-1.0, text[1:]) if text.startswith("-") else (1.0, text.removeprefix("+"))
    if rest == "0":
        return 0.0
    total, at = 0.0, 0
    while match := _TERM.match(rest, at):
        number, unit = match.groups()
        if not unit:
            raise WireError(400, f'time: missing unit in duration "{text}"')
        if unit not in _UNITS:
            raise WireError(400, f'time: unknown unit "{unit}" in duration "{text}"')
        total, at = total + float(number) * _UNITS[unit], match.end()
    if at == 0 or at != len(rest):
        raise WireError(400, f'time: invalid duration "{text}"')
    return sign * total


def parse_keep_alive(raw: object) -> float | None:
    """Read the `keep_alive` of a request.

    Returns:
        Seconds to stay loaded once idle, infinity for any negative value and for more than a Go duration holds, None
        where the request does not say.

    Raises:
        WireError: 400 for a bool, a list or an object, and for a text that is no duration.
    """
    if raw is None:
        return None
    if isinstance(raw, bool | list | dict):
        kind = {bool: "bool", list: "[]interface {}", dict: "map[string]interface {}"}[type(raw)]
        raise WireError(400, f"Unsupported type: '{kind}'")
    seconds = parse_duration(raw) if isinstance(raw, str) else float(str(raw))
    return seconds if 0 <= seconds <= FOREVER_SECONDS else math.inf
