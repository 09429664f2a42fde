"""All the replicas: where they are, how they do, what they have."""

import random
from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Final

import httpx

from ollamanet.application.inference.ports import InstalledModel, Replica, ReplicaSink, ReplicaStream
from ollamanet.application.inference.replica_ports import ReplicaOptions, ReplicaStatus
from ollamanet.application.kernel.clock import Clock
from ollamanet.domain.inference.errors import NoHealthyReplica
from ollamanet.domain.inference.latency_outliers import Ejection, LatencyOutliers
from ollamanet.domain.inference.tickets import ReplicaId
from ollamanet.domain.kernel.chat import ReplyRequest
from ollamanet.domain.kernel.errors import Conflict, InvalidRequest, NotFound, Refusal
from ollamanet.domain.kernel.model_name import ModelName
from ollamanet.infrastructure.inference.fleet_parts import FleetParts, FleetPolicy
from ollamanet.infrastructure.inference.model_traits import ModelTraits
from ollamanet.infrastructure.inference.ollama_address import ReplicaAddress
from ollamanet.infrastructure.inference.ollama_api import OllamaApi
from ollamanet.infrastructure.inference.ollama_errors import RETRY_AFTER
from ollamanet.infrastructure.inference.replica_directory import ReplicaDirectory
from ollamanet.infrastructure.inference.replica_member import ReplicaMember
from ollamanet.infrastructure.inference.replica_probe import ReplicaProbes

Listener = Callable[[ReplicaStatus], None]


class ReplicaFleet:
    """Satisfies `ReplicaPool`, `Replicas` and `ModelDirectory`; tells a `ReplicaSink` all that it learns.

    `start` begins the probes and returns at once; `aclose` ends them. `add` may be called before `start` and after.

    Args:
        sink: told of every replica, its health and its models, always from the event loop.
        transport: shared with whatever else talks HTTP; not closed here.
        clock: the time.
        new_chat: makes what answers chats at an address (`OllamaChat`).
        slots_of: slots that a model's profile asks for, or None for the replica's own number.
        policy: how closely the replicas are watched.
        chance: a number in [0, 1) each time it is called, so that many replicas are not probed in step.

    Attributes:
        probes: one for every replica, always as many as there are now; for readiness.
    """

    def __init__(
        self,
        sink: ReplicaSink,
        transport: httpx.AsyncBaseTransport,
        clock: Clock,
        new_chat: Callable[[ReplicaAddress], Replica],
        slots_of: Callable[[ModelName], int | None] = lambda _: None,
        *,
        policy: FleetPolicy | None = None,
        chance: Callable[[], float] = random.random,
    ) -> None:
        policy = policy or FleetPolicy()
        self._parts: Final = FleetParts(sink, transport, clock, new_chat, slots_of, policy, chance)
        self._members: Final[dict[ReplicaId, ReplicaMember]] = {}
        self._traits: Final = ModelTraits()
        self._outliers: Final = LatencyOutliers(policy.outliers)
        self._directory: Final = ReplicaDirectory(lambda: tuple(self._members.values()))
        self._listeners: Final[dict[object, Listener]] = {}
        self._started = False
        self.probes: Final = ReplicaProbes(lambda: tuple(self._members.values()))

    def start(self) -> None:
        """Begin to probe; needs a running loop."""
        self._started = True
        for member in self._members.values():
            member.watch.start()

    async def aclose(self) -> None:
        """Stop probing, and wait until everything that was begun has ended; idempotent. Streams go on."""
        self._started = False
        for member in tuple(self._members.values()):
            await member.aclose()

    def apis(self) -> tuple[OllamaApi, ...]:
        """What can be asked to keep models loaded: every replica that there is now and that is not drained."""
        return tuple(member.api for member in self._members.values() if not member.watch.health.drained)

    def loads_changed(self, replica: str) -> None:
        """Others than requests had models loaded or left: have it say which are; nothing for one that was removed."""
        if (member := self._members.get(ReplicaId(replica))) is not None:
            member.models.loads_changed()

    # As a `ReplicaPool`.

    def add(
        self, url: str, options: ReplicaOptions, *, token: str | None = None, replica: ReplicaId | None = None
    ) -> ReplicaId:
        """As `ReplicaPool.add`."""
        unnamed = ReplicaAddress(url, token)
        name = replica or _named(unnamed)
        address = replace(unnamed, label=name)
        if name in self._members:
            raise Conflict(f"there is a replica '{name}' already")
        self._outliers.add(name)
        member = ReplicaMember(name, address, options, self._parts, self._traits, self)
        member.watch.stretch = self._stretch
        self._members[name] = member
        if self._started:
            member.watch.start()
        return name

    async def remove(self, replica: ReplicaId, *, cut: bool = False) -> None:
        """As `ReplicaPool.remove`."""
        member = self._member(replica)
        del self._members[replica]
        self._outliers.remove(replica)
        self._parts.sink.remove_replica(replica)
        self.changed(replica)
        if cut:
            member.requests.cut("the replica was removed")
        await member.aclose()

    def drain(self, replica: ReplicaId, reason: str) -> None:
        """As `ReplicaPool.drain`."""
        member = self._member(replica)
        member.watch.health.drain(reason)
        member.publish()

    def resume(self, replica: ReplicaId) -> None:
        """As `ReplicaPool.resume`."""
        member = self._member(replica)
        member.watch.health.resume()
        member.publish()

    def gone(self, replica: ReplicaId, reason: str) -> None:
        """As `ReplicaPool.gone`."""
        member = self._member(replica)
        member.watch.health.gone(reason, self._parts.clock.monotonic(), self._parts.chance())
        member.publish()
        member.watch.hurry()

    def restarted(self, replica: ReplicaId) -> None:
        """As `ReplicaPool.restarted`."""
        self._outliers.forget(replica)
        self._member(replica).renew()

    def status(self, replica: ReplicaId) -> ReplicaStatus:
        """As `ReplicaPool.status`."""
        return self._member(replica).status()

    def statuses(self) -> tuple[ReplicaStatus, ...]:
        """As `ReplicaPool.statuses`."""
        return tuple(member.status() for member in self._members.values())

    def watch(self, listener: Listener) -> Callable[[], None]:
        """As `ReplicaPool.watch`."""
        key = object()
        self._listeners[key] = listener

        def end() -> None:
            self._listeners.pop(key, None)

        return end

    # As `Replicas`.

    async def open(self, replica: ReplicaId, request: ReplyRequest, *, timeout: float) -> ReplicaStream:
        """As `Replicas.open`."""
        member = self._members.get(replica)
        if member is None:
            raise NoHealthyReplica(f"{replica} was removed", retry_after=RETRY_AFTER)
        return await member.requests.open(request, timeout)

    def failed(self, replica: ReplicaId, request: ReplyRequest, failure: Refusal) -> None:
        """As `Replicas.failed`; nothing for a replica that was removed."""
        if (member := self._members.get(replica)) is not None:
            member.requests.failed(request, failure)

    # As a `ModelDirectory`.

    async def find(self, name: ModelName) -> InstalledModel | None:
        """As `ModelDirectory.find`."""
        return await self._directory.find(name)

    async def first_chat_model(self, allowed: Collection[str] | None = None) -> ModelName | None:
        """As `ModelDirectory.first_chat_model`."""
        return await self._directory.first_chat_model(allowed)

    def trained(self, name: ModelName) -> int | None:
        """As `ReplicaDirectory.trained`."""
        return self._directory.trained(name)

    # As `Others`, for its members.

    def compare(self, replica: ReplicaId, model: str, seconds: float) -> Ejection | None:
        """As `Others.compare`."""
        now = self._parts.clock.monotonic()
        if not self._outliers.noted(replica, model, seconds, now):
            return None
        return self._outliers.ejection(replica, now)

    def offer(self, replica: ReplicaId, model: str) -> bool:
        """As `Others.offer`."""
        return any(member.offers(model) for name, member in self._members.items() if name != replica)

    def changed(self, replica: ReplicaId) -> None:
        """As `Others.changed`."""
        for name, member in self._members.items():
            if name != replica:
                member.describe()
        if (changed := self._members.get(replica)) is not None and self._listeners:
            status = changed.status()
            for listener in tuple(self._listeners.values()):
                listener(status)

    def _member(self, replica: ReplicaId) -> ReplicaMember:
        member = self._members.get(replica)
        if member is None:
            raise NotFound(f"there is no replica '{replica}'")
        return member

    def _stretch(self) -> float:
        return max(1.0, len(self._members) / self._parts.policy.crowd)


def _named(address: ReplicaAddress) -> ReplicaId:
    try:
        url = httpx.URL(address.url)
    except httpx.InvalidURL as error:
        raise InvalidRequest(f"url: {error}") from error
    return ReplicaId(address.name + url.path.rstrip("/"))
