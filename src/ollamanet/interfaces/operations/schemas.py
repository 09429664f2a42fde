"""Health at the wire."""

import msgspec


class HealthView(msgspec.Struct):
    """One dependency: `up` or `down`, how fast it answered, and what is wrong."""

    name: str
    state: str
    latency_ms: float | None
    detail: str | None


class ReadinessView(msgspec.Struct):
    """The service: `up`, `degraded` (it works, something is missing) or `down`."""

    status: str
    version: str
    database: HealthView
    replicas: list[HealthView]
    others: list[HealthView]


class LiveView(msgspec.Struct):
    """The process answers."""

    status: str
    version: str
