"""The queue at the wire."""

from datetime import datetime
from uuid import UUID

import msgspec


class LiveRequestView(msgspec.Struct, kw_only=True):
    """A request that waits or runs; `position` and `estimated_wait_ms` are null when it runs."""

    request_id: str
    user_id: UUID
    model: str
    priority: str
    state: str
    since_ms: int
    replica: str | None
    position: int | None
    estimated_wait_ms: int | None


class QueueLineView(msgspec.Struct, kw_only=True):
    """One model and workload class."""

    model: str
    priority: str
    waiting: int
    running: int


class QueueView(msgspec.Struct, kw_only=True):
    """How the queue stands; `requests` are the caller's own, an administrator sees everybody's.

    Rates are per minute, weighted towards the last one; `rejections` count by code since the start.
    """

    waiting: int
    running: int
    depth: int
    waiting_bytes: int
    oldest_wait_ms: int
    arrivals_per_minute: float
    departures_per_minute: float
    cold_loads: int
    swaps: int
    lines: list[QueueLineView]
    rejections: dict[str, int]
    requests: list[LiveRequestView]


class CandidateView(msgspec.Struct, kw_only=True):
    """A replica as it was looked at; `backlog_s` is the work that it had for one slot."""

    replica: str
    eligible: bool
    reason: str
    resident: bool
    affinity: bool
    backlog_s: float


class DecisionView(msgspec.Struct, kw_only=True):
    """Why a request went where it went; `load` is `resident`, `cold_load` or `swap`."""

    request_id: str
    replica: str
    at: datetime
    waited_ms: int
    load: str
    evicted: list[str]
    reasons: list[str]
    candidates: list[CandidateView]
