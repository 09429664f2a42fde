"""Stores and views beside the pool that forget, or say what a test says."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from ollamanet.application.inference.recovery_ports import RecoveryStatus
from ollamanet.application.kernel.audit import AuditEntry
from ollamanet.domain.inference.replica_definition import ReplicaDefinition
from ollamanet.domain.inference.tickets import ReplicaId
from ollamanet.domain.kernel.errors import Conflict, InvalidRequest
from ollamanet.domain.kernel.ids import UserId


class MemoryReplicas:
    """`AddedReplicas` in a list; `by` says who added what, and when."""

    def __init__(self) -> None:
        self.stored: list[ReplicaDefinition] = []
        self.trail: list[AuditEntry] = []
        self.by: list[tuple[ReplicaId, UserId, datetime]] = []
        self._drained: set[ReplicaId] = set()

    async def all(self) -> Sequence[ReplicaDefinition]:
        return list(self.stored)

    async def add(
        self, replica: ReplicaDefinition, *, by: UserId, at: datetime, audit: Sequence[AuditEntry] = ()
    ) -> None:
        for other in self.stored:
            if other.name == replica.name:
                raise Conflict("name: there is a replica of this name")
            if other.url == replica.url:
                raise Conflict("url: there is a replica at this address")
        self.stored.append(replica)
        self.by.append((replica.name, by, at))
        self.trail += audit

    async def remove(self, replica: ReplicaId, *, audit: Sequence[AuditEntry] = ()) -> None:
        self.stored = [each for each in self.stored if each.name != replica]
        self._drained.discard(replica)
        self.trail += audit

    async def drained(self) -> frozenset[ReplicaId]:
        return frozenset(self._drained)

    async def set_drained(self, replica: ReplicaId, *, drained: bool, audit: Sequence[AuditEntry] = ()) -> None:
        (self._drained.add if drained else self._drained.discard)(replica)
        self.trail += audit


class FixedLoads:
    """`ReplicaLoads` as a test sets them."""

    def __init__(self) -> None:
        self.loads: dict[ReplicaId, int] = {}

    def in_flight(self, replica: ReplicaId) -> int:
        return self.loads.get(replica, 0)


class ScriptedRecoveries:
    """`Recoveries` that remember what they were asked for; a refusal, if there is one, is what they answer."""

    def __init__(self) -> None:
        self.known: dict[ReplicaId, RecoveryStatus] = {}
        self.asked: list[ReplicaId] = []
        self.refusal: Conflict | None = None

    def status(self, replica: ReplicaId) -> RecoveryStatus | None:
        return self.known.get(replica)

    def restart(self, replica: ReplicaId) -> None:
        if replica not in self.known:
            raise Conflict("nothing here can restart this replica")
        if self.refusal is not None:
            raise self.refusal
        self.asked.append(replica)


class ListedHosts:
    """`HostAddresses` from a table; an address is its own address."""

    def __init__(self, hosts: Mapping[str, Sequence[str]]) -> None:
        self._hosts = hosts

    async def of(self, host: str) -> Sequence[str]:
        if host.replace(".", "").isdigit() or ":" in host:
            return [host]
        if host not in self._hosts:
            raise InvalidRequest("url: the name of its host cannot be resolved")
        return self._hosts[host]
