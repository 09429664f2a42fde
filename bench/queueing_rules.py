"""Ways to give slots to jobs, behind one interface: the scheduler, and what it is held against.

All of them have the same replicas and hold the same number of jobs; the plain ones load a model wherever memory can be
had as soon as the next job needs it.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import inf
from typing import Protocol

from ollamanet.domain.inference.capacity import Replica, ReplicaSpec
from ollamanet.domain.inference.decisions import Dispatched, Load
from ollamanet.domain.inference.scheduler import Scheduler
from ollamanet.domain.inference.scheduling_policy import SchedulingPolicy
from ollamanet.domain.inference.tickets import ReplicaId, Ticket
from ollamanet.domain.kernel.errors import Refusal
from ollamanet.domain.kernel.ids import RequestId, UserId

DEPTH = 512


@dataclass(frozen=True, slots=True)
class Start:
    """A job goes to a replica; `loads` says that its model has to be loaded there first."""

    ticket: Ticket
    replica: ReplicaId
    loads: bool


class Queueing(Protocol):
    """What decides which job goes next, and where to."""

    @property
    def swaps(self) -> int:
        """Loads for which another model had to go, so far."""
        ...

    def arrive(self, ticket: Ticket, now: float, /) -> bool:
        """Take it in; False refuses it."""
        ...

    def finish(self, ticket: Ticket, tokens: int, now: float, /) -> None:
        """Its slot is free."""
        ...

    def starts(self, now: float) -> list[Start]:
        """What goes now."""
        ...

    def next_change(self) -> float:
        """When to ask again though nothing happened; infinite for never."""
        ...


class FairScheduling:
    """The scheduler itself. A user may have 400 jobs waiting, so that not the bound but the order is compared."""

    def __init__(self, fleet: Iterable[ReplicaSpec]) -> None:
        self._scheduler = Scheduler(SchedulingPolicy(depth=DEPTH, depth_per_user=400))
        for spec in fleet:
            self._scheduler.put_replica(spec, 0.0)

    @property
    def swaps(self) -> int:
        return self._scheduler.view.swaps

    def arrive(self, ticket: Ticket, now: float) -> bool:
        try:
            self._scheduler.enter(ticket, now)
        except Refusal:
            return False
        return True

    def finish(self, ticket: Ticket, tokens: int, now: float) -> None:
        self._scheduler.finish(ticket.id, now, tokens=tokens, ok=True)

    def starts(self, now: float) -> list[Start]:
        self._scheduler.tick(now)
        effects = self._scheduler.take_effects()
        sent = [each for each in effects if isinstance(each, Dispatched)]
        return [Start(each.ticket, each.replica, each.load is not Load.RESIDENT) for each in sent]

    def next_change(self) -> float:
        return self._scheduler.next_change()


class Lines:
    """First come, first served in each of some lines; whoever is first in a line and cannot go holds it up."""

    def __init__(self, lines: Sequence[Sequence[ReplicaSpec]]) -> None:
        """Each line goes to the given replicas; jobs join the lines in turns."""
        made = {spec.id: Replica(spec) for line in lines for spec in line}
        self._lines = [(deque[Ticket](), [made[spec.id] for spec in line]) for line in lines]
        self._homes: dict[RequestId, Replica] = {}
        self._arrived = 0
        self._waiting = 0
        self.swaps = 0

    def arrive(self, ticket: Ticket, _now: float, /) -> bool:
        if self._waiting >= DEPTH:
            return False
        line, _ = self._lines[self._arrived % len(self._lines)]
        self._arrived += 1
        self._waiting += 1
        line.append(ticket)
        return True

    def finish(self, ticket: Ticket, _tokens: int, _now: float, /) -> None:
        self._homes.pop(ticket.id).stop(ticket.model, ticket.cost, restricted=False)

    def starts(self, now: float) -> list[Start]:
        started = []
        for line, replicas in self._lines:
            while line and (start := self._try(line[0], replicas, now)) is not None:
                line.popleft()
                started.append(start)
        return started

    def _try(self, ticket: Ticket, replicas: Iterable[Replica], now: float) -> Start | None:
        able = [each for each in replicas if each.has_slot(ticket.model)]
        if able:
            return self._start(ticket, min(able, key=lambda each: each.backlog), now, loads=False)
        for replica in sorted(replicas, key=lambda each: each.backlog):
            idle = sorted(set(replica.loaded) - set(replica.running), key=lambda model: (replica.used[model], model))
            if ticket.model in replica.loaded or (evicted := replica.eviction(ticket.model, idle)) is None:
                continue
            self.swaps += bool(evicted)
            replica.load(ticket.model, evicted, now)
            return self._start(ticket, replica, now, loads=True)
        return None

    def _start(self, ticket: Ticket, replica: Replica, now: float, *, loads: bool) -> Start:
        self._waiting -= 1
        replica.start(ticket.model, ticket.cost, now, restricted=False)
        self._homes[ticket.id] = replica
        return Start(ticket, replica.spec.id, loads)

    def next_change(self) -> float:
        return inf


class Fifo(Lines):
    """One line for all replicas."""

    def __init__(self, fleet: Sequence[ReplicaSpec]) -> None:
        super().__init__([fleet])


class ReplicasInTurn(Lines):
    """Round robin as a balancer does it: each replica has a line, and jobs are dealt out in turns."""

    def __init__(self, fleet: Sequence[ReplicaSpec]) -> None:
        super().__init__([[spec] for spec in fleet])


class UsersInTurn(Lines):
    """Round robin over users, a job each, whatever it costs; who cannot go is passed over."""

    def __init__(self, fleet: Sequence[ReplicaSpec]) -> None:
        super().__init__([fleet])
        self._replicas = [Replica(spec) for spec in fleet]
        self._turns: dict[UserId, deque[Ticket]] = {}

    def arrive(self, ticket: Ticket, _now: float, /) -> bool:
        if self._waiting >= DEPTH:
            return False
        self._waiting += 1
        self._turns.setdefault(ticket.user, deque()).append(ticket)
        return True

    def starts(self, now: float) -> list[Start]:
        started: list[Start] = []
        passed = 0
        while passed < len(self._turns):
            user = next(iter(self._turns))
            jobs = self._turns.pop(user)
            start = self._try(jobs[0], self._replicas, now)
            if start is None:
                passed += 1
            else:
                passed = 0
                started.append(start)
                jobs.popleft()
            if jobs:
                self._turns[user] = jobs
        return started


RULES: dict[str, type[FairScheduling | Fifo | ReplicasInTurn | UsersInTurn]] = {
    "fair scheduling": FairScheduling,
    "first in, first out": Fifo,
    "replicas in turn": ReplicasInTurn,
    "users in turn": UsersInTurn,
}
