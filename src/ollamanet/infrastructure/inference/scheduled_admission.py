"""The scheduler at work: its events come from requests and replicas, its decisions wake whoever waits."""

import asyncio
from collections.abc import Collection, Iterator
from dataclasses import replace
from math import inf
from typing import Final

import structlog

from ollamanet.application.inference.admission_ports import Grant
from ollamanet.application.kernel.clock import Clock
from ollamanet.domain.inference.capacity import Health, ReplicaSpec
from ollamanet.domain.inference.decisions import Dispatched, Effect, Expired, LeaseLost, Load
from ollamanet.domain.inference.event_rate import EventRate
from ollamanet.domain.inference.queue_view import QueueView
from ollamanet.domain.inference.scheduler import Scheduler
from ollamanet.domain.inference.scheduling_policy import SchedulingPolicy
from ollamanet.domain.inference.tickets import ReplicaId, Ticket
from ollamanet.domain.kernel.errors import ShuttingDown
from ollamanet.domain.kernel.ids import RequestId
from ollamanet.domain.kernel.reply import Queued

_DRAIN_SECONDS: Final = 5.0
_CLOCK_STEP: Final = 0.001


class ScheduledPlace:
    """One request's place; made by `ScheduledAdmission.enter` only.

    Attributes:
        ticket: what waits.
        entered_at: monotonic seconds.
        grant: the slot it has now.
        expired: it waited as long as it may, and has no place any more.
    """

    __slots__ = ("_admission", "_left", "_waiter", "entered_at", "expired", "grant", "ticket")

    def __init__(self, admission: "ScheduledAdmission", ticket: Ticket, entered_at: float) -> None:
        """Stand in the queue."""
        self._admission = admission
        self._waiter: asyncio.Future[None] | None = None
        self._left = False
        self.ticket = ticket
        self.entered_at = entered_at
        self.grant: Grant | None = None
        self.expired = False

    def status(self) -> Queued:
        """Where it stands while it waits."""
        standing = self._admission.view.standing(self.ticket.id)
        if standing is None:
            return Queued(1, 0.0)
        return Queued(standing.position, None if standing.wait == inf else standing.wait)

    async def wait(self, timeout: float) -> None:
        """Wait until there is a slot or none will be, at most `timeout` seconds."""
        if self.grant is None and not self.expired:
            self._waiter = asyncio.get_running_loop().create_future()
            await asyncio.wait((self._waiter,), timeout=timeout)
            self._waiter = None

    def move(self) -> bool:
        """Give the slot back and wait for one on another replica; False if no other could take the request."""
        return not self._left and self._admission.move(self)

    def leave(self, *, tokens: int | None = None, answered: bool = False) -> None:
        """Give the place or slot back; idempotent."""
        if not self._left:
            self._left = True
            self._admission.vacate(self, tokens, answered=answered)

    def wake(self) -> None:
        """Let whoever waits look again."""
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


class ScheduledAdmission:
    """Satisfies `Admission` and `ReplicaSink`; everything happens at once, on the event loop that calls it.

    Attributes:
        arrivals, departures: of requests that were let in.
    """

    def __init__(self, policy: SchedulingPolicy, clock: Clock) -> None:
        """Start without replicas."""
        self._scheduler: Final = Scheduler(policy)
        self._clock: Final = clock
        self._places: Final[dict[RequestId, ScheduledPlace]] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._due = inf
        self._closed = False
        self.arrivals: Final = EventRate()
        self.departures: Final = EventRate()

    @property
    def view(self) -> QueueView:
        """How it stands."""
        return self._scheduler.view

    @property
    def places(self) -> int:
        """Requests that wait or have a slot and have not left yet."""
        return len(self._places)

    def __iter__(self) -> Iterator[ScheduledPlace]:
        """Those requests, in the order in which they came."""
        return iter(tuple(self._places.values()))

    def close(self) -> None:
        """Take no new work; what is in goes on."""
        self._closed = True

    def stop(self) -> None:
        """Let no timer outlive the service."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer, self._due = None, inf

    # What requests do.

    def enter(self, ticket: Ticket) -> ScheduledPlace:
        """Take a slot or a place in the queue; see the port for what is refused."""
        if self._closed:
            raise ShuttingDown("the service is stopping", retry_after=_DRAIN_SECONDS)
        now = self._clock.monotonic()
        place = ScheduledPlace(self, self._named(ticket), now)
        self._places[place.ticket.id] = place
        try:
            self._scheduler.enter(place.ticket, now)
        except BaseException:
            del self._places[place.ticket.id]
            raise
        finally:
            self._carry_out()
        self.arrivals.count(now)
        return place

    def _named(self, ticket: Ticket) -> Ticket:
        """A caller may use a request id again while the first request runs; each has a ticket of its own."""
        number, name = 1, ticket.id
        while name in self._places:
            number += 1
            name = RequestId(f"{ticket.id}#{number}")
        return ticket if name == ticket.id else replace(ticket, id=name)

    def move(self, place: ScheduledPlace) -> bool:
        """Let a request that failed wait for another replica; False if there is none for it."""
        name = place.ticket.id
        if not self.view.may_move(name) or not self._scheduler.retry(name, self._clock.monotonic()):
            return False
        place.grant = None
        self._carry_out()
        return True

    def vacate(self, place: ScheduledPlace, tokens: int | None, *, answered: bool) -> None:
        """Take a place out."""
        name, now = place.ticket.id, self._clock.monotonic()
        del self._places[name]
        self.departures.count(now)
        if tokens is None or not self._scheduler.finish(name, now, tokens=tokens, ok=answered):
            self._scheduler.cancel(name, now)
        self._carry_out()

    # What replicas do.

    def put_replica(self, spec: ReplicaSpec, health: Health) -> None:
        """A replica is there, or is another than it was."""
        self._scheduler.put_replica(spec, self._clock.monotonic(), health)
        self._carry_out()

    def remove_replica(self, replica: ReplicaId) -> None:
        """A replica gets no more work; what it has may end."""
        self._scheduler.remove_replica(replica, self._clock.monotonic())
        self._carry_out()

    def health_changed(self, replica: ReplicaId, health: Health) -> None:
        """A replica's state is another."""
        self._scheduler.health_changed(replica, health, self._clock.monotonic())
        self._carry_out()

    def loaded_changed(self, replica: ReplicaId, models: Collection[str]) -> None:
        """A replica said which models it has in memory."""
        self._scheduler.loaded_changed(replica, models, self._clock.monotonic())
        self._carry_out()

    # What has to be done about it.

    def _carry_out(self) -> None:
        for effect in self._scheduler.take_effects():
            place = self._places.get(effect.ticket.id)
            if place is not None:
                self._tell(place, effect)
        self._set_timer()

    def _tell(self, place: ScheduledPlace, effect: Effect) -> None:
        match effect:
            case Dispatched(replica=name, load=load):
                place.grant = Grant(name, load is not Load.RESIDENT)
            case Expired():
                place.expired = True
            case LeaseLost(replica=name):
                # Its own time-out ends it, unless its client reads so slowly; the slot is somebody else's now.
                structlog.get_logger().warning("lease lost", request_id=place.ticket.id, replica=name)
        place.wake()

    def _set_timer(self) -> None:
        due = self._scheduler.next_change()
        if due >= self._due:
            return  # an early tick finds nothing to do, and costs less than moving the timer with each request
        if self._timer is not None:
            self._timer.cancel()
        self._due = due
        delay = max(_CLOCK_STEP, due - self._clock.monotonic())
        self._timer = asyncio.get_running_loop().call_later(delay, self._tick)

    def _tick(self) -> None:
        self._timer, self._due = None, inf
        self._scheduler.tick(self._clock.monotonic())
        self._carry_out()
