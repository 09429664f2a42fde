"""A scheduler with somebody who carries out what it decides, and keeps account."""

from math import inf
from uuid import UUID

from ollamanet.domain.inference.capacity import Health, ReplicaSpec
from ollamanet.domain.inference.decisions import Dispatched, Expired, LeaseLost
from ollamanet.domain.inference.scheduler import Scheduler
from ollamanet.domain.inference.scheduling_policy import SchedulingPolicy
from ollamanet.domain.inference.tickets import ReplicaId, Ticket, WorkloadClass
from ollamanet.domain.kernel.ids import RequestId, UserId

ADA, BOB, EVE = (UserId(UUID(int=number)) for number in (1, 2, 3))
LLAMA, QWEN, NOMIC = "llama3:latest", "qwen3:latest", "nomic-embed-text:latest"
ALL = {LLAMA: 4, QWEN: 4, NOMIC: 1}
R1, R2 = ReplicaId("r1"), ReplicaId("r2")


def replica(name: ReplicaId = R1, **changes) -> ReplicaSpec:
    """A replica with one slot a model and memory for one model, at 10 tokens per second."""
    return ReplicaSpec(name, **({"installed": ALL, "speed": 10.0} | changes))


def ticket(name: str, user: UserId = ADA, model: str = LLAMA, cost: int = 100, **changes) -> Ticket:
    """An interactive ticket of 100 tokens."""
    workload = changes.pop("workload", WorkloadClass.INTERACTIVE)
    return Ticket(RequestId(name), user, model, workload, cost, **changes)


class Desk:
    """Time stands still until it is moved.

    Attributes:
        scheduler: what is tested.
        now: seconds.
        sent: names of dispatched tickets in order.
        where: the dispatch of each.
        expired, lost: names of tickets that ended so.
    """

    def __init__(self, *replicas: ReplicaSpec, **policy) -> None:
        self.scheduler = Scheduler(SchedulingPolicy(**policy))
        self.now = 0.0
        self.sent: list[str] = []
        self.where: dict[str, Dispatched] = {}
        self.expired: list[str] = []
        self.lost: list[str] = []
        for spec in replicas:
            self.scheduler.put_replica(spec, self.now)

    @property
    def view(self):
        return self.scheduler.view

    def enter(self, *tickets: Ticket) -> None:
        for each in tickets:
            self.scheduler.enter(each, self.now)
            self.collect()

    def many(self, count: int, prefix: str, *args, **changes) -> None:
        """Enter tickets called `prefix` with a number from 1."""
        self.enter(*(ticket(f"{prefix}{number}", *args, **changes) for number in range(1, count + 1)))

    def finish(self, name: str, tokens: int | None = None, *, ok: bool = True) -> None:
        cost = self.where[name].ticket.cost
        assert self.scheduler.finish(RequestId(name), self.now, tokens=cost if tokens is None else tokens, ok=ok)
        self.collect()

    def cancel(self, name: str) -> None:
        assert self.scheduler.cancel(RequestId(name), self.now)
        self.collect()

    def retry(self, name: str) -> None:
        assert self.scheduler.retry(RequestId(name), self.now)
        self.collect()

    def health(self, name: ReplicaId, health: Health) -> None:
        self.scheduler.health_changed(name, health, self.now)
        self.collect()

    def at(self, now: float) -> "Desk":
        """Let time pass, waking the scheduler when it asks for it."""
        while (due := self.scheduler.next_change()) <= now:
            assert due > self.now or due == -inf
            self.now = due
            self.scheduler.tick(due)
            self.collect()
        self.now = now
        return self

    def collect(self) -> None:
        for effect in self.scheduler.take_effects():
            match effect:
                case Dispatched(ticket=asked):
                    self.sent.append(asked.id)
                    self.where[asked.id] = effect
                case Expired(ticket=asked):
                    self.expired.append(asked.id)
                case LeaseLost(ticket=asked):
                    self.lost.append(asked.id)

    def running(self) -> list[str]:
        """Names of tickets that have a slot, the first dispatched first."""
        return [name for name in self.sent if self.view.replica_of(RequestId(name)) is not None]

    def drain(self, seconds: float = 1.0) -> list[str]:
        """Finish what runs, one after the other, until nothing does; the names in the order of dispatch."""
        while running := self.running():
            self.at(self.now + seconds).finish(running[0])
        return self.sent

    def loaded(self, name: ReplicaId = R1) -> set[str]:
        return {model for each in self.view.replicas() if each.spec.id == name for model in each.loaded}
