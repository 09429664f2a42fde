"""All replicas together, and which of them each conversation was on."""

from collections import OrderedDict
from collections.abc import Iterator

from ollamanet.domain.inference.capacity import Health, Replica, ReplicaSpec
from ollamanet.domain.inference.tickets import ReplicaId


class Fleet:
    """Questions about many replicas take time by their number, never by that of tickets.

    A replica that is removed is forgotten when its last request ends.
    """

    def __init__(self, affinities: int) -> None:
        """Start without replicas; `affinities` conversations are remembered."""
        self._replicas: dict[ReplicaId, Replica] = {}
        self._removed: set[ReplicaId] = set()
        self._homes: OrderedDict[str, ReplicaId] = OrderedDict()
        self._affinities = affinities

    def __iter__(self) -> Iterator[Replica]:
        """Every replica, also those that are down."""
        return iter(self._replicas.values())

    def __getitem__(self, replica: ReplicaId) -> Replica:
        """One that may be removed and only finish what it has; a `KeyError` if it is forgotten."""
        return self._replicas[replica]

    def put(self, spec: ReplicaSpec, health: Health) -> None:
        """Add a replica, or change what one is; what it has in flight and loaded stays."""
        self._removed.discard(spec.id)
        known = self._replicas.get(spec.id)
        if known is None:
            self._replicas[spec.id] = Replica(spec, health)
        else:
            known.spec = spec
            known.turn(health)

    def remove(self, replica: ReplicaId) -> None:
        """Give it no more work, and forget it when it is idle."""
        if replica in self._replicas:
            self._replicas[replica].turn(Health.DOWN)
            self._removed.add(replica)
            self.forget_if_idle(replica)

    def forget_if_idle(self, replica: ReplicaId) -> None:
        """The end of a removal."""
        if replica in self._removed and not self._replicas[replica].running:
            self._removed.discard(replica)
            del self._replicas[replica]

    def known(self, replica: ReplicaId) -> Replica | None:
        """One of them, unless it was removed or never added."""
        return None if replica in self._removed else self._replicas.get(replica)

    def installed(self, model: str) -> list[Replica]:
        """Those that have the model, whatever their health."""
        there = self._replicas.values()
        return [each for each in there if model in each.spec.installed and each.spec.id not in self._removed]

    def hosts(self, model: str) -> list[Replica]:
        """Those that need not load the model and take work."""
        there = self._replicas.values()
        return [each for each in there if each.ready(model) and each.takes_work and not each.leaves(model)]

    def open_to(self, model: str) -> list[Replica]:
        """Those on which a request for the model could run now without loading anything."""
        return [each for each in self._replicas.values() if each.has_slot(model)]

    def reserved_only(self, model: str, reserved: int, more: int = 0) -> bool:
        """Whether background and batch work has all the slots of a model that it may have.

        Args:
            model: which.
            reserved: slots to keep free from it; one slot is never kept.
            more: slots that a load is about to add.
        """
        hosts = self.hosts(model)
        restricted = sum(each.restricted.get(model, 0) for each in hosts)
        return restricted >= max(1, sum(each.slots(model) for each in hosts) + more - reserved)

    def home(self, affinity: str | None) -> ReplicaId | None:
        """The replica that answered a conversation last."""
        return None if affinity is None else self._homes.get(affinity)

    def settle(self, affinity: str | None, replica: ReplicaId) -> None:
        """Remember where a conversation's prompt is cached."""
        if affinity is None:
            return
        self._homes[affinity] = replica
        self._homes.move_to_end(affinity)
        if len(self._homes) > self._affinities:
            self._homes.popitem(last=False)
