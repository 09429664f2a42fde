"""What a pool tells of its replicas, kept as a scheduler would keep it."""

from collections.abc import Collection

from ollamanet.domain.inference.capacity import Health, ReplicaSpec
from ollamanet.domain.inference.tickets import ReplicaId


class NotedReplicas:
    """Satisfies `ReplicaSink`; a change of a replica that was never put, or was removed, is a mistake.

    Attributes:
        specs: the replicas there are.
        health: how each is.
        loaded: what each has loaded.
        told: every state each was in, in order, without repetitions.
    """

    def __init__(self) -> None:
        self.specs: dict[ReplicaId, ReplicaSpec] = {}
        self.health: dict[ReplicaId, Health] = {}
        self.loaded: dict[ReplicaId, frozenset[str]] = {}
        self.told: dict[ReplicaId, list[Health]] = {}

    def put_replica(self, spec: ReplicaSpec, health: Health) -> None:
        self.specs[spec.id] = spec
        self.loaded.setdefault(spec.id, frozenset())
        self._is(spec.id, health)

    def remove_replica(self, replica: ReplicaId) -> None:
        del self.specs[replica], self.health[replica], self.loaded[replica]

    def health_changed(self, replica: ReplicaId, health: Health) -> None:
        assert replica in self.specs
        self._is(replica, health)

    def loaded_changed(self, replica: ReplicaId, models: Collection[str]) -> None:
        assert replica in self.specs
        self.loaded[replica] = frozenset(models)

    def _is(self, replica: ReplicaId, health: Health) -> None:
        self.health[replica] = health
        told = self.told.setdefault(replica, [])
        if told[-1:] != [health]:
            told.append(health)
