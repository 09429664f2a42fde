"""Answers of the real server, recorded: a request, and every field of what came back.

`section` is the section of the team's notes on Ollama's HTTP behaviour that each one was recorded in. Facts that need
two requests, time or a disconnect are in the tests beside this file.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

JSON = "application/json; charset=utf-8"
BARE_JSON = "application/json"
NDJSON = "application/x-ndjson"
PLAIN = "text/plain"


@dataclass(frozen=True, slots=True)
class Fact:
    """What is asked, and what comes back. `json` is one body, `lines` those of a stream, `text` neither."""

    title: str
    section: str
    method: str
    path: str
    send: object = None
    content: bytes | None = None
    sent_headers: Mapping[str, str] = field(default_factory=dict)
    status: int = 200
    content_type: str | None = JSON
    json: object = None
    lines: Sequence[object] | None = None
    text: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


def refused(title: str, section: str, path: str, send: object, status: int, error: str, **more: Any) -> Fact:
    """A POST that is refused with Ollama's own words."""
    return Fact(title, section, "POST", path, send, status=status, json={"error": error}, **more)
