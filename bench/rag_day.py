"""A day of a team that asks its documents, as arrivals: bursts of long prompts, and one user who floods."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import cos, pi
from random import Random
from typing import Final
from uuid import UUID

from ollamanet.domain.inference.capacity import ReplicaSpec
from ollamanet.domain.inference.tickets import ReplicaId, Ticket, WorkloadClass
from ollamanet.domain.kernel.ids import RequestId, UserId

HOUR: Final = 3600.0
FLOODER: Final = UserId(UUID(int=0))
FLOOD: Final = 300
CHAT, CODER, LARGE, EMBED = "chat-8b:latest", "coder-14b:latest", "large-32b:latest", "embed:latest"
LOAD_SECONDS: Final = {CHAT: 8.0, CODER: 10.0, LARGE: 15.0, EMBED: 2.0}
FLEET: Final = tuple(
    ReplicaSpec(ReplicaId(name), dict.fromkeys(LOAD_SECONDS, 0), slots=2, max_loaded=2, speed=speed)
    for name, speed in (("gpu-1", 90.0), ("gpu-2", 90.0), ("gpu-3", 60.0))
)


@dataclass(frozen=True, slots=True)
class Arrival:
    """A ticket, when it comes (seconds of the day), and the tokens that it will really take."""

    at: float
    ticket: Ticket
    tokens: int


def arrivals(seed: int, *, users: int = 50, first: float = 0.0, last: float = 24.0) -> list[Arrival]:
    """What comes from the hour `first` to the hour `last`, in order; the same for the same seed."""
    random = Random(seed)
    made = [each for number in range(1, users) for each in _asker(random, UserId(UUID(int=number)), first, last)]
    made += _flooder(random, first, last)
    made.sort(key=lambda each: (each.at, each.ticket.id))
    return made


def _busy(hour: float) -> float:
    """How much of the noon's work there is: little at night."""
    return 0.05 + 0.95 * max(0.0, cos((hour - 13.0) * pi / 12)) ** 2


def _asker(random: Random, user: UserId, first: float, last: float) -> Iterator[Arrival]:
    """Conversations about documents: the question is embedded, then asked with what was found; some titles besides."""
    now, number = first * HOUR, 0
    favourite = random.choices((CHAT, CODER, LARGE), (6, 3, 1))[0]
    while True:
        now += random.expovariate(2.2 / HOUR)
        if now >= last * HOUR:
            return
        if random.random() > _busy(now / HOUR):
            continue
        number += 1
        model = favourite if random.random() < 0.8 else random.choice((CHAT, CODER, LARGE))
        at = now
        for turn in range(random.randint(2, 6)):
            name = f"{user.int:02}-{number}-{turn}"
            yield _arrival(random, at, f"{name}e", user, EMBED, WorkloadClass.EMBEDDING, 60)
            prompt = random.randint(800, 4000)
            yield _arrival(random, at + 0.3, name, user, model, WorkloadClass.INTERACTIVE, prompt, f"{user}-{number}")
            at += random.uniform(5, 60)
        yield _arrival(random, at, f"{user.int:02}-{number}-t", user, CHAT, WorkloadClass.BACKGROUND, 300)


def _flooder(random: Random, first: float, last: float) -> Iterator[Arrival]:
    """Every hour of the working day a script sends everything that it has, all at once."""
    for hour in range(9, 18):
        if first <= hour < last:
            for number in range(FLOOD):
                at = hour * HOUR + number * 0.01
                model = random.choices((CHAT, CODER, LARGE), (5, 3, 1))[0]
                name = f"flood-{hour:02}-{number:03}"
                yield _arrival(random, at, name, FLOODER, model, WorkloadClass.INTERACTIVE, random.randint(800, 4000))


def _arrival(
    random: Random,
    at: float,
    name: str,
    user: UserId,
    model: str,
    workload: WorkloadClass,
    tokens: int,
    affinity: str | None = None,
) -> Arrival:
    cost = max(1, int(tokens * random.lognormvariate(0.1, 0.25)))
    return Arrival(at, Ticket(RequestId(name), user, model, workload, cost, affinity=affinity), tokens)
