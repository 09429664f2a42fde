"""The replicas of a fleet, as readiness sees them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import overload

from ollamanet.domain.inference.capacity import Health
from ollamanet.domain.inference.errors import NoHealthyReplica
from ollamanet.infrastructure.inference.replica_member import ReplicaMember


@dataclass(frozen=True, slots=True)
class ReplicaProbe:
    """Satisfies what the operations module calls `Probe`.

    Attributes:
        member: the replica; when it is being probed already, the answer is shared.
    """

    member: ReplicaMember

    @property
    def name(self) -> str:
        """The replica's name."""
        return self.member.id

    async def check(self) -> float:
        """Seconds that it took to answer.

        Raises:
            NoHealthyReplica: it did not, or it is given no work; `detail` says why.
        """
        await self.member.watch.check()
        latency, verdict = self.member.watch.latency, self.member.verdict
        if latency is None or verdict.health in {Health.OPEN, Health.DOWN, Health.DRAINING}:
            raise NoHealthyReplica(verdict.reason, retry_after=self.member.watch.retry_after())
        return latency


class ReplicaProbes(Sequence[ReplicaProbe]):
    """One for every replica that there is when it is looked at."""

    def __init__(self, members: Callable[[], Sequence[ReplicaMember]]) -> None:
        """Show these."""
        self._members = members

    def __len__(self) -> int:
        return len(self._members())

    def __iter__(self) -> Iterator[ReplicaProbe]:
        return iter([ReplicaProbe(member) for member in self._members()])

    @overload
    def __getitem__(self, index: int) -> ReplicaProbe: ...

    @overload
    def __getitem__(self, index: slice) -> list[ReplicaProbe]: ...

    def __getitem__(self, index: int | slice) -> ReplicaProbe | list[ReplicaProbe]:
        return list(self)[index]
