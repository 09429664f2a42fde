"""`make simulate`: the same day of arrivals under the scheduler and under simpler rules, in virtual time."""

import argparse
import sys
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count
from math import inf

from bench.queueing_rules import RULES, Queueing
from bench.rag_day import FLEET, FLOODER, LOAD_SECONDS, Arrival, arrivals

from ollamanet.domain.inference.tickets import ReplicaId
from ollamanet.domain.kernel.ids import UserId

WINDOW = 300.0


@dataclass(slots=True)
class Outcome:
    """What became of a day.

    Attributes:
        waits: seconds from arrival to the first work on it, loads included, by user.
        refused: jobs by user.
        swaps: loads for which another model had to go.
        busy: slot-seconds in which a job had a slot.
        end: when the last one ended.
        demand, given: tokens that waited or went in each window of five minutes, by user.
    """

    waits: dict[UserId, list[float]] = field(default_factory=lambda: defaultdict(list))
    refused: dict[UserId, int] = field(default_factory=lambda: defaultdict(int))
    swaps: int = 0
    busy: float = 0.0
    end: float = 0.0
    demand: dict[int, dict[UserId, float]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(float)))
    given: dict[int, dict[UserId, float]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(float)))


def simulate(day: Sequence[Arrival], rule: Queueing) -> Outcome:
    """Play the day; deterministic."""
    outcome, numbers = Outcome(), count()
    events: list[tuple[float, int, Arrival | None, bool]] = [(each.at, next(numbers), each, False) for each in day]
    jobs = {each.ticket.id: each for each in day}
    speeds = {spec.id: spec.speed for spec in FLEET}
    ready: dict[tuple[ReplicaId, str], float] = {}
    woken = inf
    while events:
        now, _, job, ends = heappop(events)
        woken = inf if woken <= now else woken
        if job is not None and ends:
            rule.finish(job.ticket, job.tokens, now)
        elif job is not None and not rule.arrive(job.ticket, now):
            outcome.refused[job.ticket.user] += 1
        for start in rule.starts(now):
            place, job = (start.replica, start.ticket.model), jobs[start.ticket.id]
            if start.loads:
                ready[place] = now + LOAD_SECONDS[start.ticket.model]
            begins = max(now, ready.get(place, now))
            done = begins + job.tokens / speeds[start.replica]
            note(outcome, job, now, begins, done)
            heappush(events, (done, next(numbers), job, True))
        if now < (change := rule.next_change()) < woken:
            woken = change
            heappush(events, (change, next(numbers), None, False))
    outcome.swaps = rule.swaps
    return outcome


def note(outcome: Outcome, job: Arrival, now: float, begins: float, done: float) -> None:
    """Enter a job that goes into the books."""
    user = job.ticket.user
    outcome.waits[user].append(begins - job.at)
    outcome.busy += done - now
    outcome.end = max(outcome.end, done)
    outcome.given[int(now // WINDOW)][user] += job.tokens
    for window in range(int(job.at // WINDOW), int(now // WINDOW) + 1):
        outcome.demand[window][user] += job.tokens


def percentile(values: Sequence[float], share: float) -> float:
    """The value that `share` of all do not exceed; 0 of none."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))] if values else 0.0


def max_min(demand: dict[UserId, float], total: float) -> dict[UserId, float]:
    """What everybody gets when nobody can get more without somebody who has less getting less still."""
    shares, left = {}, len(demand)
    for user in sorted(demand, key=lambda each: demand[each]):
        shares[user] = min(demand[user], total / left)
        total -= shares[user]
        left -= 1
    return shares


def jain(outcome: Outcome) -> float:
    """Jain's index of what users got relative to a max-min fair share, over the windows in which somebody waited."""
    indices = []
    for window, demand in outcome.demand.items():
        given = outcome.given[window]
        if len(demand) < 2 or sum(given.values()) >= 0.95 * sum(demand.values()):
            continue
        shares = max_min(demand, sum(given.values()))
        parts = [given[user] / share for user, share in shares.items() if share]
        squares = sum(part * part for part in parts)
        indices.append(sum(parts) ** 2 / (len(parts) * squares) if squares else 0.0)
    return sum(indices) / len(indices) if indices else 1.0


def others(outcome: Outcome) -> list[float]:
    """Waits of everybody but the flooder."""
    return [wait for user, waits in outcome.waits.items() if user != FLOODER for wait in waits]


def worst_user(outcome: Outcome) -> float:
    """The greatest of the 95th percentiles of everybody but the flooder."""
    return max(percentile(waits, 0.95) for user, waits in outcome.waits.items() if user != FLOODER)


def row(name: str, outcome: Outcome, start: float) -> list[str]:
    """The figures of one rule."""
    slots = sum(spec.slots * spec.max_loaded for spec in FLEET)
    light, flood = others(outcome), outcome.waits[FLOODER]
    refused = sum(count for user, count in outcome.refused.items() if user != FLOODER)
    return [
        name,
        *(f"{percentile(light, share):.1f}" for share in (0.5, 0.95)),
        f"{worst_user(outcome):.1f}",
        *(f"{percentile(flood, share):.0f}" for share in (0.5, 0.95)),
        f"{outcome.swaps}",
        f"{100 * outcome.busy / (slots * (outcome.end - start)):.1f}",
        f"{refused} / {outcome.refused[FLOODER]}",
        f"{jain(outcome):.3f}",
    ]


def table(rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table, its first column to the left; the first row is its head."""
    widths = [max(len(line[i]) for line in rows) for i in range(len(rows[0]))]
    cells = [[f"{line[0]:<{widths[0]}}", *map(str.rjust, line[1:], widths[1:])] for line in rows]
    head, *body = [f"| {' | '.join(line)} |" for line in cells]
    return "\n".join([head, f"|{'|'.join('-' * (width + 2) for width in widths)}|", *body])


HEADER = (
    "waits in seconds",
    "others p50",
    "others p95",
    "worst user p95",
    "flooder p50",
    "flooder p95",
    "swaps",
    "slots used, %",
    "refused: others / flooder",
    "Jain",
)


def main(words: Sequence[str]) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="A day of RAG bursts under the scheduler and under simpler rules.")
    parser.add_argument("--seed", type=int, default=1, help="another day (default 1)")
    parser.add_argument("--first", type=float, default=0.0, help="the hour in which it begins")
    parser.add_argument("--last", type=float, default=24.0, help="the hour in which it ends")
    given = parser.parse_args(words)
    began = time.perf_counter()
    day = arrivals(given.seed, first=given.first, last=given.last)
    rows = [row(name, simulate(day, rule(FLEET)), 3600 * given.first) for name, rule in RULES.items()]
    users = len({each.ticket.user for each in day})
    print(
        f"{len(day)} requests of {users} users, {len(FLEET)} replicas, {len(LOAD_SECONDS)} models, seed {given.seed}\n"
    )
    print(table([HEADER, *rows]))
    print(f"\nsimulated in {time.perf_counter() - began:.1f} s")


if __name__ == "__main__":
    main(sys.argv[1:])
