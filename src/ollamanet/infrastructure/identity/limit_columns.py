"""Limits of a caller as a column of JSON; null where nothing is said."""

import msgspec

from ollamanet.domain.kernel.caller_limits import NOTHING_SAID, CallerLimits


def encoded_limits(limits: CallerLimits) -> str | None:
    """The column's value."""
    said = {name: value for name, value in msgspec.to_builtins(limits).items() if value is not None}
    return msgspec.json.encode(said, order="sorted").decode() if said else None


def decoded_limits(column: str | None) -> CallerLimits:
    """What it says."""
    return NOTHING_SAID if column is None else msgspec.json.decode(column, type=CallerLimits)
