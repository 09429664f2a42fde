"""Who waits for one model in one workload class: users, their keys, and first come first served within a key."""

from bisect import bisect_left, insort
from math import inf

from ollamanet.domain.inference.fair_share import FairShare
from ollamanet.domain.inference.rounds import Rounds
from ollamanet.domain.inference.tickets import Place, Ticket
from ollamanet.domain.kernel.ids import UserId

_EQUAL = 1.0


class _UserQueue:
    """What one user waits for."""

    __slots__ = ("keys", "length", "lines", "rounds")

    def __init__(self) -> None:
        self.keys: FairShare[str | None] = FairShare()
        self.lines: dict[str | None, list[int]] = {}
        self.rounds = Rounds()
        self.length = 0

    def push(self, key: str | None, number: int) -> None:
        line = self.lines.setdefault(key, [])
        if not line:
            self.keys.wake(key, _EQUAL)
        # In order of entering; only a ticket that failed elsewhere comes back before others.
        insort(line, number)
        self.rounds.grew(len(line))
        self.length += 1

    def remove(self, key: str | None, number: int) -> None:
        line = self.lines[key]
        self.rounds.shrank(len(line))
        del line[bisect_left(line, number)]
        self.length -= 1
        if not line:
            del self.lines[key]
            self.keys.sleep(key)
            self.keys.forget()

    def rank(self, key: str | None, number: float) -> int:
        """Its place among the user's own, from 1, when his keys take turns."""
        line = self.lines.get(key, [])
        index = bisect_left(line, number) + 1
        return self.rounds.within(index) - min(len(line), index) + index


class ClassQueue:
    """A tree of fair shares with lines of tickets as leaves; knows numbers, not when or where anything runs."""

    def __init__(self) -> None:
        """Start empty."""
        self.length = 0
        self.cost = 0
        self.running = 0
        self.since = inf
        self._users: FairShare[UserId] = FairShare()
        self._queues: dict[UserId, _UserQueue] = {}
        self._rounds = Rounds()
        self._places: dict[int, Place] = {}

    def push(self, place: Place, now: float) -> None:
        """Let it wait."""
        ticket = place.ticket
        queue = self._queues.get(ticket.user)
        if queue is None:
            queue = self._queues[ticket.user] = _UserQueue()
        if not queue.length:
            self._users.wake(ticket.user, ticket.weight)
        queue.push(ticket.key, place.number)
        self._rounds.grew(queue.length)
        self._places[place.number] = place
        if not self.length:
            self.since = now
        self.length += 1
        self.cost += ticket.cost

    def remove(self, place: Place) -> None:
        """Let it go, unserved."""
        ticket = place.ticket
        queue = self._queues[ticket.user]
        self._rounds.shrank(queue.length)
        queue.remove(ticket.key, place.number)
        del self._places[place.number]
        if not queue.length:
            self._users.sleep(ticket.user)
            for user in self._users.forget():
                self._queues.pop(user, None)
        self.length -= 1
        self.cost -= ticket.cost
        if not self.length:
            self.since = inf

    def first(self) -> Place:
        """Whose turn it is; something must wait."""
        queue = self._queues[self._users.first()]
        return self._places[queue.lines[queue.keys.first()][0]]

    def serve(self, place: Place, now: float) -> None:
        """Let it go to a slot, and charge its user and key the estimate."""
        ticket = place.ticket
        self._users.charge(ticket.user, ticket.cost)
        self._queues[ticket.user].keys.charge(ticket.key, ticket.cost)
        self.remove(place)
        self.running += 1
        if self.length:
            self.since = now

    def serve_alone(self, ticket: Ticket) -> None:
        """Let a ticket go to a slot that nobody waits for: as `push` and `serve`, without a place in between."""
        for user in self._users.forget():
            self._queues.pop(user, None)
        queue = self._queues.get(ticket.user)
        if queue is None:
            queue = self._queues[ticket.user] = _UserQueue()
        queue.keys.forget()
        self._users.serve_alone(ticket.user, ticket.weight, ticket.cost)
        queue.keys.serve_alone(ticket.key, _EQUAL, ticket.cost)
        self.running += 1

    def finish(self, ticket: Ticket, difference: float) -> None:
        """Its slot is free: charge what it took more (or, negative, less) than was charged."""
        self.running -= 1
        if not self.running and not self.length:
            # Nobody waits or runs: all debts are settled, and who they belonged to need not be known.
            self._users, self._queues = FairShare(), {}
            return
        self._users.settle(ticket.user, difference)
        self._queues[ticket.user].keys.settle(ticket.key, difference)

    def rank(self, ticket: Ticket, number: float = inf) -> int:
        """The place, from 1, of a number that waits (or of a ticket that would enter), when users take turns."""
        queue = self._queues.get(ticket.user)
        own = 1 if queue is None else queue.rank(ticket.key, number)
        length = 0 if queue is None else queue.length
        return self._rounds.within(own) - min(length, own) + own

    @property
    def users(self) -> int:
        """Users who are remembered: they wait, or owe."""
        return len(self._queues)
