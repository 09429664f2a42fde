"""What administrators do to replicas and limits, as the audit trail has it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Protocol

from ollamanet.application.kernel.actor import Actor
from ollamanet.application.kernel.audit import Agent, AuditEntry, AuditTrail, Origin
from ollamanet.application.kernel.clock import Clock
from ollamanet.application.kernel.uncancelled import uncancelled
from ollamanet.domain.inference.limit_rollout import LimitVersion, Rollout
from ollamanet.domain.inference.replica_definition import ReplicaDefinition
from ollamanet.domain.inference.tickets import ReplicaId

Facts = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Audited:
    """A command that goes into the trail; `origin` is where it came from."""

    origin: Origin = field(default=Origin(), kw_only=True)


class Ordered(Protocol):
    """Such a command, with whoever gave it."""

    @property
    def actor(self) -> Actor:
        """Who gave it."""
        ...

    @property
    def origin(self) -> Origin:
        """From where."""
        ...


@dataclass(frozen=True, slots=True)
class ReplicaLedger:
    """Makes the entries about replicas, and takes those that no other write carries along."""

    clock: Clock
    trail: AuditTrail

    def entry(
        self, verb: str, replica: ReplicaId, command: Ordered, before: Facts | None = None, after: Facts | None = None
    ) -> AuditEntry:
        """That a replica was `added`, `drained`, ...; now, by whoever gives the command."""
        return AuditEntry(
            f"replica.{verb}",
            Agent.of(command.actor),
            command.origin,
            self.clock.now(),
            target=f"replica:{replica}",
            target_name=replica,
            before=before or {},
            after=after or {},
        )

    async def record(self, verb: str, replica: ReplicaId, command: Ordered) -> None:
        """Append at once, for what has begun already: that its caller leaves must not keep it out of the trail.

        Raises:
            StorageUnavailable: it could not be appended.
        """
        await uncancelled(self.trail.record(self.entry(verb, replica, command)))


def shown(replica: ReplicaDefinition) -> Facts:
    """A replica without its token."""
    return {
        "url": str(replica.url),
        "slots": replica.slots,
        "weight": replica.weight,
        "models": list(replica.models),
        "has_token": replica.token is not None,
    }


@dataclass(frozen=True, slots=True)
class LimitsEntry:
    """An entry about versions of the limits, once it is known what has changed.

    Attributes:
        verb: `created`, `changed` or `rolled_back`.
        number: which version; None for the newest.
    """

    verb: str
    number: int | None
    command: Ordered
    clock: Clock

    def __call__(self, before: Rollout, after: Rollout) -> AuditEntry:
        """What the version does, and which one is active, before and after."""
        version = after.versions[-1] if self.number is None else after.get(self.number)
        known = {each.number: each for each in before.versions}
        return AuditEntry(
            f"limits.{self.verb}",
            Agent.of(self.command.actor),
            self.command.origin,
            self.clock.now(),
            target=f"limits:{version.number}",
            target_name=version.note,
            before={**_use(known.get(version.number)), "active": before.active.number},
            after={
                **_use(version),
                "active": after.active.number,
                **({} if version.number in known else {"limits": asdict(version.limits)}),
            },
        )


def _use(version: LimitVersion | None) -> Facts:
    return {} if version is None else {"mode": version.mode.value, "percent": version.percent}
