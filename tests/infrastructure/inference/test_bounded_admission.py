"""Admission as a machine of states, beside a model of it that is too slow and too simple to be wrong."""

from uuid import UUID

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, rule
from tests.fakes.identity.fixed_time import FixedClock

from ollamanet.domain.inference.errors import QueueFull, TooManyInFlight
from ollamanet.domain.kernel.chat import Priority
from ollamanet.domain.kernel.errors import Refusal, ShuttingDown
from ollamanet.domain.kernel.ids import UserId
from ollamanet.infrastructure.inference.bounded_admission import AdmissionBounds, BoundedAdmission, QueuedPlace

USERS = [UserId(UUID(int=number)) for number in range(1, 4)]


class Admission(RuleBasedStateMachine):
    """Requests come and go in any order, at any time."""

    places = Bundle("places")

    @initialize(slots=st.integers(1, 3), depth=st.integers(0, 4), per_user=st.integers(1, 4))
    def start(self, slots: int, depth: int, per_user: int) -> None:
        self.clock = FixedClock()
        self.bounds = AdmissionBounds(slots, depth, per_user)
        self.admission = BoundedAdmission(self.bounds, self.clock)
        self.running: list[QueuedPlace] = []
        self.queues: dict[Priority, list[QueuedPlace]] = {Priority.INTERACTIVE: [], Priority.BACKGROUND: []}
        self.longest = 0.0
        self.closed = False

    @property
    def waiting(self) -> list[QueuedPlace]:
        """In the order in which they shall run."""
        return self.queues[Priority.INTERACTIVE] + self.queues[Priority.BACKGROUND]

    def expected_refusal(self, user: UserId) -> type[Refusal] | None:
        if self.closed:
            return ShuttingDown
        if sum(place.user == user for place in self.running + self.waiting) >= self.bounds.per_user:
            return TooManyInFlight
        busy = len(self.running) == self.bounds.slots
        return QueueFull if busy and len(self.waiting) == self.bounds.depth else None

    @rule(target=places, user=st.sampled_from(USERS), priority=st.sampled_from(Priority))
    def enter(self, user: UserId, priority: Priority) -> QueuedPlace | None:
        if (expected := self.expected_refusal(user)) is not None:
            with pytest.raises(expected) as refused:
                self.admission.enter(user, priority)
            assert refused.value.retry_after is not None
            assert refused.value.retry_after > 0
            return None
        place = self.admission.enter(user, priority)
        free = len(self.running) < self.bounds.slots
        (self.running if free else self.queues[priority]).append(place)
        assert place.granted == free
        if not free:
            behind = self.queues[Priority.BACKGROUND] if priority is Priority.INTERACTIVE else []
            assert place.position == len(self.waiting) - len(behind)
        return place

    @rule(place=places)
    def leave(self, place: QueuedPlace | None) -> None:
        if place is None:
            return
        place.leave()
        if place in self.running:
            self.running.remove(place)
            if self.waiting:
                # Granted, whether or not its owner has noticed yet.
                first = self.waiting[0]
                self.queues[first.priority].remove(first)
                self.running.append(first)
        elif place in self.queues[place.priority]:
            self.queues[place.priority].remove(place)

    @rule(place=consumes(places))
    def leave_again(self, place: QueuedPlace | None) -> None:
        self.leave(place)
        before = (self.admission.running, self.admission.waiting, self.admission.users)
        if place is not None:
            place.leave()
        assert before == (self.admission.running, self.admission.waiting, self.admission.users)

    @rule(seconds=st.sampled_from([0.0, 0.1, 0.25, 3.0, 600.0]))
    def time_passes(self, seconds: float) -> None:
        self.clock.advance(seconds)
        self.longest += seconds

    @rule()
    def close(self) -> None:
        self.admission.close()
        self.closed = True

    @rule()
    def look(self) -> None:
        """After a quarter of a second every place knows where it stands."""
        self.clock.advance(0.25)
        self.longest += 0.25
        statuses = [place.status() for place in self.waiting]
        assert [status.position for status in statuses] == list(range(1, len(statuses) + 1))
        waits = [status.estimated_wait for status in statuses if status.estimated_wait is not None]
        assert waits == sorted(waits)
        assert all(0 <= wait <= self.longest * self.bounds.depth for wait in waits)

    @invariant()
    def agrees_with_the_model(self) -> None:
        assert self.admission.running == len(self.running) <= self.bounds.slots
        assert self.admission.waiting == len(self.waiting) <= self.bounds.depth
        assert self.admission.users == len({place.user for place in self.running + self.waiting})
        assert all(place.granted for place in self.running)
        assert not any(place.granted for place in self.waiting)

    @invariant()
    def works_while_there_is_work(self) -> None:
        assert not self.waiting or len(self.running) == self.bounds.slots

    def teardown(self) -> None:
        for place in self.waiting + self.running:
            place.leave()
        assert (self.admission.running, self.admission.waiting, self.admission.users) == (0, 0, 0)


TestAdmission = Admission.TestCase
TestAdmission.settings = settings(max_examples=150, stateful_step_count=40)
