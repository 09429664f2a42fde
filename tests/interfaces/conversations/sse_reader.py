"""What a browser makes of a stream of events; strict about their form."""

from dataclasses import dataclass
from typing import Any

import msgspec


@dataclass(frozen=True, slots=True)
class SseEvent:
    """One event; `data` is decoded JSON."""

    id: int
    event: str
    data: Any


def read_events(stream: bytes) -> list[SseEvent]:
    """The events of a stream, comments left out; every one must be complete."""
    # Carriage returns end lines too, so they may not be in a line either.
    blocks = stream.decode().replace("\r\n", "\n").replace("\r", "\n").split("\n\n")
    assert blocks.pop() == ""
    events = []
    for block in blocks:
        if block.startswith(":"):
            continue
        (first, number), (second, name), (third, data) = (line.split(": ", 1) for line in block.split("\n"))
        assert (first, second, third) == ("id", "event", "data")
        events.append(SseEvent(int(number), name, msgspec.json.decode(data)))
    return events
