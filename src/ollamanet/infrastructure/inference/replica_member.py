"""One replica of the fleet: what it has, how it does, and what the scheduler is told of it."""

from typing import Final, Protocol

from ollamanet.application.inference.ports import InstalledModel
from ollamanet.application.inference.replica_ports import ReplicaOptions, ReplicaStatus
from ollamanet.domain.inference.capacity import Health, ReplicaSpec
from ollamanet.domain.inference.latency_outliers import Ejection
from ollamanet.domain.inference.tickets import ReplicaId
from ollamanet.infrastructure.inference.fleet_parts import FleetParts
from ollamanet.infrastructure.inference.model_traits import ModelTraits
from ollamanet.infrastructure.inference.ollama_address import ReplicaAddress
from ollamanet.infrastructure.inference.ollama_api import OllamaApi
from ollamanet.infrastructure.inference.replica_models import ListedModel, ReplicaModels
from ollamanet.infrastructure.inference.replica_requests import ReplicaRequests
from ollamanet.infrastructure.inference.replica_watch import ReplicaWatch

_WORKING: Final = frozenset({Health.HEALTHY, Health.SUSPECT, Health.HALF_OPEN})


class Others(Protocol):
    """The rest of the fleet, as one replica sees it."""

    def compare(self, replica: ReplicaId, model: str, seconds: float) -> Ejection | None:
        """Compare a model's time to a first piece with that of the others; an ejection for an outlier."""
        ...

    def offer(self, replica: ReplicaId, model: str) -> bool:
        """Whether another replica takes work for the model."""
        ...

    def changed(self, replica: ReplicaId) -> None:
        """The health of this one is another."""
        ...


class ReplicaMember:
    """Everything about one replica; the scheduler is told of it from now on until `aclose`.

    Args:
        replica: its name.
        address: where it is.
        options: how it may be driven.
        parts: what all share.
        traits: what models can do.
        others: the rest of the fleet.

    Attributes:
        models: what it lists.
        watch: looks after it.
        requests: what goes to it.
        verdict: how it is, as the scheduler was told last.
    """

    def __init__(
        self,
        replica: ReplicaId,
        address: ReplicaAddress,
        options: ReplicaOptions,
        parts: FleetParts,
        traits: ModelTraits,
        others: Others,
    ) -> None:
        api = self.api = OllamaApi(address, parts.transport)
        policy, clock, chance = parts.policy, parts.clock, parts.chance
        self.id: Final = replica
        self.address: Final = address
        self._options = options
        self._parts: Final = parts
        self._others: Final = others
        self._closed = False
        self.models: Final = ReplicaModels(
            api,
            clock,
            traits,
            policy.listings,
            self.describe,
            self._loaded_changed,
            allow_cloud=policy.allow_cloud,
        )
        self.watch: Final = ReplicaWatch(api, self.models, clock, policy, chance)
        self.requests: Final = ReplicaRequests(
            replica, parts.new_chat(address), self.watch, self.models, others.compare, parts
        )
        self.watch.changed = self.requests.changed = self.publish
        self.watch.next_change = self._next_change
        self._since = clock.now()
        self.verdict = self.watch.health.verdict(clock.monotonic())
        self._kept_away = frozenset[str]()
        self._spec = self._specified()
        parts.sink.put_replica(self._spec, self.verdict.health)

    async def aclose(self) -> None:
        """Stop looking after it and telling of it; streams go on."""
        self._closed = True
        await self.watch.aclose()
        await self.models.aclose()

    def renew(self) -> None:
        """Its process is a new one."""
        self.watch.health = self.watch.health.renewed()
        self.publish()
        self.watch.hurry(now=True)

    def publish(self) -> None:
        """Tell how it is, where that changed."""
        if self._closed:
            return
        now = self._parts.clock.monotonic()
        before, self.verdict = self.verdict, self.watch.health.verdict(now)
        if before.health is not self.verdict.health:
            self._since = self._parts.clock.now()
            self._parts.sink.health_changed(self.id, self.verdict.health)
            self._others.changed(self.id)
        if self._kept_away != self.requests.quarantine.models(now):
            self.describe()

    def describe(self) -> None:
        """Tell what it is, where that changed."""
        spec = self._specified()
        if not self._closed and spec != self._spec:
            self._spec = spec
            self._parts.sink.put_replica(spec, self.verdict.health)

    def offers(self, model: str) -> bool:
        """Whether it takes work for the model (its key)."""
        return self.verdict.health in _WORKING and model in self.listed() and model not in self._failing()

    def listed(self) -> dict[str, ListedModel]:
        """What it has and may be used for, by key."""
        allowed, known = self._options.models, self.models.known or {}
        return {key: each for key, each in known.items() if allowed is None or key in allowed}

    def installed(self, key: str) -> InstalledModel | None:
        """One of them, and whether it is loaded."""
        allowed, found = self._options.models, (self.models.known or {}).get(key)
        return None if found is None or (allowed is not None and key not in allowed) else found.installed

    def status(self) -> ReplicaStatus:
        """All that is known."""
        return ReplicaStatus(
            id=self.id,
            url=self.address.url,
            options=self._options,
            health=self.verdict.health,
            reason=self.watch.health.verdict(self._parts.clock.monotonic()).reason,
            since=self._since,
            drained=self.watch.health.drained,
            checked_at=self.watch.checked_at,
            latency=self.watch.latency,
            version=self.watch.version,
            models=tuple(each.installed for _, each in sorted(self.listed().items())),
            running=self.requests.running,
        )

    def _next_change(self, now: float) -> float:
        return min(self.watch.health.next_change(now), self.requests.quarantine.next_change(now))

    def _failing(self) -> frozenset[str]:
        return self.requests.quarantine.models(self._parts.clock.monotonic())

    def _loaded_changed(self) -> None:
        self.describe()
        if not self._closed:
            self._parts.sink.loaded_changed(self.id, frozenset(self.models.loaded))

    def _specified(self) -> ReplicaSpec:
        options, listed, sizes = self._options, self.listed(), self.models.sizes
        self._kept_away = self._failing()
        # Where no other has the model, a replica that fails at it is better than none.
        elsewhere = {model for model in self._kept_away if self._others.offer(self.id, model)}
        slots = {key: self._parts.slots_of(each.installed.name) for key, each in listed.items()}
        return ReplicaSpec(
            id=self.id,
            installed={key: sizes.get(key, each.size) for key, each in listed.items() if key not in elsewhere},
            slots=options.slots,
            slots_of={key: count for key, count in slots.items() if count is not None},
            forwarded=frozenset(key for key, each in listed.items() if each.forwarded and key not in elsewhere),
            max_loaded=options.max_loaded,
            memory=options.memory,
            weight=options.weight,
        )
