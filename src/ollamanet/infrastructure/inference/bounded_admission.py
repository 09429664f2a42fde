"""Admission with plain bounds: so many run, so many wait, so many of one user; the rest is refused at once."""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass

from ollamanet.application.kernel.clock import Clock
from ollamanet.domain.inference.errors import QueueFull, TooManyInFlight
from ollamanet.domain.kernel.chat import Priority
from ollamanet.domain.kernel.errors import ShuttingDown
from ollamanet.domain.kernel.ids import UserId
from ollamanet.domain.kernel.reply import Queued

_SMOOTHING = 0.2
_RENUMBER_INTERVAL = 0.25
_DRAIN_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class AdmissionBounds:
    """How much is let in.

    Attributes:
        slots: requests that run at once, >= 1.
        depth: requests that wait at most, >= 0.
        per_user: requests of one user that wait and run at most, >= 1.
    """

    slots: int
    depth: int
    per_user: int


class QueuedPlace:
    """One request's place; made by `BoundedAdmission.enter` only."""

    __slots__ = ("_queue", "_waiter", "granted", "granted_at", "left", "position", "priority", "user")

    def __init__(self, queue: "BoundedAdmission", user: UserId, priority: Priority, position: int) -> None:
        """Stand at `position`, 0 for a slot at once."""
        self._queue = queue
        self._waiter: asyncio.Future[None] | None = None
        self.user = user
        self.priority = priority
        self.position = position
        self.granted = False
        self.granted_at = 0.0
        self.left = False

    def status(self) -> Queued:
        """Where it stands; at most a quarter of a second old."""
        self._queue.renumber()
        return Queued(max(1, self.position), self._queue.predicted_wait(max(1, self.position)))

    async def wait(self, timeout: float) -> bool:
        """Wait for the slot, at most `timeout` seconds; whether it was granted."""
        if not self.granted:
            self._waiter = asyncio.get_running_loop().create_future()
            await asyncio.wait((self._waiter,), timeout=timeout)
            self._waiter = None
        return self.granted

    def leave(self) -> None:
        """Give the place or slot back; idempotent."""
        if not self.left:
            self.left = True
            self._queue.vacate(self)

    def grant(self, now: float) -> None:
        """Turn the place into a slot."""
        self.granted, self.granted_at = True, now
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


class BoundedAdmission:
    """First come, first served within a class; background work runs when no interactive request waits."""

    def __init__(self, bounds: AdmissionBounds, clock: Clock) -> None:
        """Start empty."""
        self._bounds = bounds
        self._clock = clock
        self._waiting: dict[Priority, OrderedDict[QueuedPlace, None]] = {each: OrderedDict() for each in Priority}
        self._running = 0
        self._of_user: dict[UserId, int] = {}
        self._hold: float | None = None
        self._renumbered = 0.0
        self._closed = False

    @property
    def running(self) -> int:
        """Requests that have a slot."""
        return self._running

    @property
    def waiting(self) -> int:
        """Requests that wait for one."""
        return sum(map(len, self._waiting.values()))

    @property
    def users(self) -> int:
        """Users with anything waiting or running."""
        return len(self._of_user)

    def close(self) -> None:
        """Take no new work; what is in goes on."""
        self._closed = True

    def enter(self, user: UserId, priority: Priority) -> QueuedPlace:
        """Take a slot or a place in the queue; see the port for what is refused."""
        if self._closed:
            raise ShuttingDown("the service is stopping", retry_after=_DRAIN_SECONDS)
        mine = self._of_user.get(user, 0)
        if mine >= self._bounds.per_user:
            detail = f"{mine} of your requests wait or run, and {self._bounds.per_user} may"
            raise TooManyInFlight(detail, retry_after=self.predicted_wait(1) or 1.0)
        waiting = self.waiting
        free = self._running < self._bounds.slots and not waiting
        if not free and waiting >= self._bounds.depth:
            raise QueueFull(f"{waiting} requests wait already", retry_after=self.predicted_wait(waiting + 1) or 1.0)
        self._of_user[user] = mine + 1
        place = QueuedPlace(self, user, priority, 0 if free else self._last_position(priority))
        if free:
            self._running += 1
            place.grant(self._clock.monotonic())
        else:
            self._waiting[priority][place] = None
        return place

    def _last_position(self, priority: Priority) -> int:
        if priority is Priority.BACKGROUND:
            return self.waiting + 1
        return len(self._waiting[priority]) + 1

    def vacate(self, place: QueuedPlace) -> None:
        """Take a place out, and pass its slot on if it had one."""
        if (mine := self._of_user[place.user] - 1) > 0:
            self._of_user[place.user] = mine
        else:
            del self._of_user[place.user]
        if not place.granted:
            del self._waiting[place.priority][place]
            return
        self._running -= 1
        now = self._clock.monotonic()
        held = now - place.granted_at
        self._hold = held if self._hold is None else self._hold + _SMOOTHING * (held - self._hold)
        for queue in self._waiting.values():
            if queue:
                self._running += 1
                queue.popitem(last=False)[0].grant(now)
                return

    def predicted_wait(self, position: int) -> float | None:
        """Seconds until the request at `position` has a slot; None while no request has ended."""
        return None if self._hold is None else self._hold * position / self._bounds.slots

    def renumber(self) -> None:
        """Bring the positions up to date, at most four times a second however many wait."""
        now = self._clock.monotonic()
        if now - self._renumbered < _RENUMBER_INTERVAL:
            return
        self._renumbered = now
        position = 0
        for queue in self._waiting.values():
            for place in queue:
                position += 1
                place.position = position
