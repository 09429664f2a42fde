"""A pool that asks nobody: its replicas are as well as a test says."""

from collections.abc import Callable
from dataclasses import replace

from tests.fakes.identity.fixed_time import NOON

from ollamanet.application.inference.replica_ports import ReplicaOptions, ReplicaStatus
from ollamanet.domain.inference.capacity import Health
from ollamanet.domain.inference.tickets import ReplicaId
from ollamanet.domain.kernel.errors import Conflict, NotFound


class MemoryPool:
    """A `ReplicaPool` in a dictionary. `told` are the lives of processes, `tokens` what was given with addresses."""

    def __init__(self, *urls: str) -> None:
        self._statuses: dict[ReplicaId, ReplicaStatus] = {}
        self._health: dict[ReplicaId, Health] = {}
        self._listeners: list[Callable[[ReplicaStatus], None]] = []
        self.told: list[tuple[str, ReplicaId]] = []
        self.tokens: dict[ReplicaId, str | None] = {}
        for url in urls:
            self.add(url, ReplicaOptions())

    def add(
        self, url: str, options: ReplicaOptions, *, token: str | None = None, replica: ReplicaId | None = None
    ) -> ReplicaId:
        name = replica or ReplicaId(url.partition("://")[2])
        if name in self._statuses:
            raise Conflict("there is a replica of this name")
        self._statuses[name] = ReplicaStatus(
            name, url, options, Health.DOWN, "not asked yet", NOON, False, None, None, None, (), 0
        )
        self._health[name] = Health.DOWN
        self.tokens[name] = token
        return name

    async def remove(self, replica: ReplicaId, *, cut: bool = False) -> None:
        self.status(replica)
        if cut:
            self.told.append(("cut", replica))
        del self._statuses[replica]

    def drain(self, replica: ReplicaId, reason: str) -> None:
        self._change(replica, drained=True, reason=reason)

    def resume(self, replica: ReplicaId) -> None:
        self._change(replica, drained=False)

    def gone(self, replica: ReplicaId, reason: str) -> None:
        self.is_now(replica, Health.DOWN, reason)
        self.told.append(("gone", replica))

    def restarted(self, replica: ReplicaId) -> None:
        self.status(replica)
        self.told.append(("restarted", replica))

    def status(self, replica: ReplicaId) -> ReplicaStatus:
        if replica not in self._statuses:
            raise NotFound("there is no such replica")
        return self._statuses[replica]

    def statuses(self) -> tuple[ReplicaStatus, ...]:
        return tuple(self._statuses.values())

    def watch(self, listener: Callable[[ReplicaStatus], None]) -> Callable[[], None]:
        self._listeners.append(listener)

        def end() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return end

    def is_now(self, replica: ReplicaId, health: Health, reason: str = "a test says so") -> None:
        """Let it be well, or not."""
        self._health[replica] = health
        self._change(replica, reason=reason)

    def finds(self, replica: ReplicaId, **found: object) -> None:
        """Let a probe have found something: `models`, `latency`, `version`."""
        self._change(replica, **found)

    def _change(self, replica: ReplicaId, **changed: object) -> None:
        before = self.status(replica)
        after = replace(before, **changed)
        after = replace(after, health=Health.DRAINING if after.drained else self._health[replica])
        self._statuses[replica] = after
        if after.health is not before.health:
            for listener in list(self._listeners):
                listener(after)
