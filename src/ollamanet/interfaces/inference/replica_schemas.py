"""Replicas at the wire."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Annotated, Final, Literal, Self

import msgspec
from msgspec import Meta

from ollamanet.application.inference.queries.list_replicas import ReplicaLoad
from ollamanet.application.inference.recovery_ports import RecoveryStatus
from ollamanet.application.inference.replica_overview import ReplicaOverview
from ollamanet.domain.inference.capacity import Health
from ollamanet.domain.inference.replica_definition import path_id
from ollamanet.interfaces.kernel.paging import PageView

IN_WORDS: Final[Mapping[Health, str]] = MappingProxyType(
    {
        Health.HEALTHY: "works",
        Health.SUSPECT: "in doubt, and gets work last",
        Health.OPEN: "gets no work, as it failed too often",
        Health.HALF_OPEN: "gets one request of a model, to see whether it works again",
        Health.DRAINING: "finishes what it has, and gets nothing new",
        Health.DOWN: "does not answer",
    }
)

_BREAKER: Final[Mapping[Health, Literal["open", "half_open"]]] = {Health.OPEN: "open", Health.HALF_OPEN: "half_open"}


class AddReplicaBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A replica to add."""

    url: Annotated[
        str,
        Meta(max_length=400, description="`http` or `https`, no user name", examples=["http://gpu2.example.org:11434"]),
    ]
    name: Annotated[str, Meta(max_length=63, description="else host and port", examples=["gpu2"])] | None = None
    slots: Annotated[int, Meta(ge=1, le=1024, description="requests that one loaded model serves at once")] = 1
    weight: Annotated[float, Meta(gt=0, le=1000, description="how fast it is taken to be until it is measured")] = 1.0
    models: Annotated[
        list[Annotated[str, Meta(max_length=640)]],
        Meta(max_length=200, description="models that it may be used for; none for all", examples=[["llama3.2"]]),
    ] = []
    token: Annotated[str, Meta(max_length=1000, description="sent to it as bearer; told to nobody")] | None = None

    def __repr__(self) -> str:
        """Never the token, wherever this is printed."""
        return f"AddReplicaBody(url={self.url!r}, name={self.name!r})"


class ReplicaView(msgspec.Struct, kw_only=True):
    """A replica, as everybody who is signed in sees it. `resident` are the models that it has in memory."""

    name: str
    health: str
    in_words: str
    resident: list[str]
    in_flight: int
    slots: int

    @classmethod
    def of(cls, load: ReplicaLoad) -> Self:
        """No address, and no reasons."""
        status = load.status
        return cls(
            name=status.id,
            health=status.health.value,
            in_words=IN_WORDS[status.health],
            resident=list(load.resident),
            in_flight=load.in_flight,
            slots=status.options.slots,
        )


class RecoveryView(msgspec.Struct, kw_only=True):
    """What restarts a replica: our own `process`, a `command` or a `webhook`. `retry_in_s`: until the next start."""

    kind: str
    state: str
    restarts: int
    detail: str
    retry_in_s: float | None
    process: int | None

    @classmethod
    def of(cls, status: RecoveryStatus) -> Self:
        """All of it."""
        return cls(
            kind=status.kind,
            state=status.state.value,
            restarts=status.restarts,
            detail=status.detail,
            retry_in_s=None if status.retry_in is None else round(status.retry_in, 3),
            process=status.process,
        )


class ReplicaAdminView(ReplicaView, kw_only=True):
    """A replica, as administrators see it; `id` is its name as it stands in the path of a route."""

    id: str
    url: str
    origin: Literal["configured", "added"]
    reason: str
    since: datetime
    drained: bool
    breaker: Literal["closed", "open", "half_open"]
    latency_ms: float | None
    checked_at: datetime | None
    version: str | None
    weight: float
    allowed_models: list[str] | None
    installed: list[str]
    has_token: bool
    recovery: RecoveryView | None

    @classmethod
    def of_overview(cls, overview: ReplicaOverview) -> Self:
        """Everything but the token."""
        status = overview.status
        resident = [str(model.name) for model in status.models if model.resident]
        options, seen = status.options, ReplicaView.of(ReplicaLoad(status, overview.in_flight, resident))
        return cls(
            **msgspec.structs.asdict(seen),
            id=path_id(status.id),
            url=status.url,
            origin=overview.origin.value,
            reason=status.reason,
            since=status.since,
            drained=status.drained,
            breaker=_BREAKER.get(status.health, "closed"),
            latency_ms=None if status.latency is None else round(status.latency * 1000, 2),
            checked_at=status.checked_at,
            version=status.version,
            weight=options.weight,
            allowed_models=None if options.models is None else sorted(options.models),
            installed=[str(model.name) for model in status.models],
            has_token=overview.has_token,
            recovery=None if overview.recovery is None else RecoveryView.of(overview.recovery),
        )


class ReplicaPage(PageView[ReplicaView]):
    """Replicas, in the order in which they came."""


class ReplicaAdminPage(PageView[ReplicaAdminView]):
    """The same, with everything that administrators may know."""
