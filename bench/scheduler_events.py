"""How many events a second the scheduler takes, by how many tickets wait: its cost must not grow with the queue.

An event here is what one request costs it: somebody enters a queue of a fixed length, somebody finishes, and the one
whose turn it is is dispatched, its effects taken and its place looked up once.
"""

import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from uuid import UUID

from ollamanet.domain.inference.capacity import ReplicaSpec
from ollamanet.domain.inference.decisions import Dispatched
from ollamanet.domain.inference.scheduler import Scheduler
from ollamanet.domain.inference.scheduling_policy import SchedulingPolicy
from ollamanet.domain.inference.tickets import ReplicaId, Ticket, WorkloadClass
from ollamanet.domain.kernel.ids import RequestId, UserId

LENGTHS = (10, 1_000, 10_000)
USERS, MODELS, REPLICAS, SLOTS = 50, 4, 3, 4
ROUNDS, REQUESTS = 5, 2_000
RESULTS = Path(__file__).parent / "results"


def ticket(number: int) -> Ticket:
    """Fifty users, four models, mostly chats."""
    workload = WorkloadClass.BACKGROUND if number % 5 == 0 else WorkloadClass.INTERACTIVE
    user = UserId(UUID(int=number * 7 % USERS + 1))
    return Ticket(RequestId(f"t{number}"), user, f"model{number % MODELS}:latest", workload, 50 + number % 400)


class Traffic:
    """A scheduler whose queue is kept at one length."""

    def __init__(self, length: int) -> None:
        policy = SchedulingPolicy(depth=2 * length + 100, depth_per_user=2 * length + 100)
        self.scheduler = Scheduler(policy)
        self.now, self.number = 0.0, 0
        self.running: list[RequestId] = []
        installed = {f"model{number}:latest": 1 for number in range(MODELS)}
        for number in range(REPLICAS):
            spec = ReplicaSpec(ReplicaId(f"gpu{number}"), installed, slots=SLOTS, max_loaded=MODELS)
            self.scheduler.put_replica(spec, self.now)
        while self.scheduler.view.waiting < length:
            self.enter()

    def enter(self) -> RequestId:
        self.number += 1
        self.now += 0.01
        asked = ticket(self.number)
        self.scheduler.enter(asked, self.now)
        self.take()
        return asked.id

    def take(self) -> None:
        effects = self.scheduler.take_effects()
        self.running += [effect.ticket.id for effect in effects if isinstance(effect, Dispatched)]

    def request(self) -> None:
        """One in, one out."""
        self.scheduler.view.standing(self.enter())
        self.now += 0.01
        self.scheduler.finish(self.running.pop(0), self.now, tokens=100, ok=True)
        self.take()
        self.scheduler.next_change()


def measure(length: int) -> float:
    """Requests a second of processor time, each of them two events of the scheduler."""
    traffic = Traffic(length)
    started = time.process_time()
    for _ in range(REQUESTS):
        traffic.request()
    return REQUESTS / (time.process_time() - started)


def main() -> None:
    """Print a table, and keep the raw figures."""
    rounds = [{length: measure(length) for length in LENGTHS} for _ in range(ROUNDS)]
    rates = {length: median(each[length] for each in rounds) for length in LENGTHS}
    print("| waiting | requests / s | events / s | us / request | against 10 waiting |")
    print("|--------:|-------------:|-----------:|-------------:|-------------------:|")
    for length, rate in rates.items():
        ratio = rates[LENGTHS[0]] / rate
        print(f"| {length:>7,} | {rate:>12,.0f} | {2 * rate:>10,.0f} | {1e6 / rate:>12.1f} | {ratio:>16.2f} x |")
    at = datetime.now(UTC)
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{at:%Y%m%dT%H%M%SZ}-scheduler.json"
    path.write_text(json.dumps({"at": at.isoformat(), "rounds": rounds, "median": rates}, indent=1) + "\n")
    print(f"raw results: {path.name}", file=sys.stderr)


if __name__ == "__main__":
    main()
