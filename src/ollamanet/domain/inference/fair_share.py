"""Start-time fair queueing among the children of one node: users of a class, keys of a user, classes of a model."""

from collections.abc import Hashable
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from typing import Generic, TypeVar

Child = TypeVar("Child", bound=Hashable)
_SLACK = 16


@dataclass(slots=True, eq=False)
class _Flow:
    """What one child had.

    Attributes:
        tag: the virtual time at which its next piece of work starts.
        weight: its share.
        waiting: it has more work.
        running: pieces of its work that were charged and are not over.
        entry: the number of its newest entry in a heap; older ones no longer hold.
    """

    tag: float
    weight: float
    waiting: bool
    running: int = 0
    entry: int = 0


class FairShare(Generic[Child]):
    """Serves the child with the least tag; service moves its tag on by cost over weight.

    A child that comes back starts at the virtual time at the earliest, so that being idle earns nothing, and not before
    its own tag, so that asking for one thing at a time does not undo what was charged. Every operation is O(log n).

    Source: Goyal, Vin, Cheng, "Start-time Fair Queuing" (SIGCOMM 1996); virtual time is the greatest start tag served,
    as several slots serve at once.
    """

    def __init__(self) -> None:
        """Start at virtual time 0 with no children."""
        self.virtual = 0.0
        self._flows: dict[Child, _Flow] = {}
        self._order: list[tuple[float, int, Child]] = []
        self._debts: list[tuple[float, int, Child]] = []
        self._pushed = 0

    def tag(self, child: Child) -> float:
        """The virtual time at which its next work starts."""
        flow = self._flows.get(child)
        return self.virtual if flow is None else flow.tag

    def wake(self, child: Child, weight: float) -> None:
        """The child, idle until now, has work."""
        flow = self._flows.get(child)
        if flow is None:
            flow = self._flows[child] = _Flow(self.virtual, weight, waiting=True)
        flow.tag, flow.weight, flow.waiting = max(flow.tag, self.virtual), weight, True
        self._push(child, flow)

    def sleep(self, child: Child) -> None:
        """The child has no more work."""
        flow = self._flows[child]
        flow.waiting = False
        self._push(child, flow)

    def first(self) -> Child:
        """The child to serve next; some child must be waiting."""
        while True:
            if self._holds(self._order[0]):
                return self._order[0][2]
            heappop(self._order)

    def charge(self, child: Child, cost: float) -> None:
        """Serve it: virtual time reaches its start, and its next work starts later by what this costs."""
        flow = self._flows[child]
        self.virtual = max(self.virtual, flow.tag)
        flow.tag += cost / flow.weight
        flow.running += 1
        self._push(child, flow)

    def serve_alone(self, child: Child, weight: float, cost: float) -> None:
        """As `wake`, `charge` and `sleep` in one, where no child waits."""
        flow = self._flows.get(child)
        if flow is None:
            flow = self._flows[child] = _Flow(self.virtual, weight, waiting=False)
        self.virtual = max(self.virtual, flow.tag)
        flow.tag, flow.weight = self.virtual + cost / weight, weight
        flow.running += 1

    def settle(self, child: Child, difference: float) -> None:
        """A piece of its work is over, and cost that much more (or, negative, less) than was charged."""
        flow = self._flows[child]
        flow.running -= 1
        flow.tag += difference / flow.weight
        self._push(child, flow)

    def forget(self) -> list[Child]:
        """Drop the children without work who owe nothing any more, and say who they were."""
        forgotten: list[Child] = []
        while self._debts and self._debts[0][0] <= self.virtual:
            entry = heappop(self._debts)
            # Whoever has work running is looked at again when it is settled.
            if self._holds(entry) and not self._flows[entry[2]].running:
                del self._flows[entry[2]]
                forgotten.append(entry[2])
        return forgotten

    def _push(self, child: Child, flow: _Flow) -> None:
        heap = self._order if flow.waiting else self._debts
        self._pushed += 1
        flow.entry = self._pushed
        heappush(heap, (flow.tag, flow.entry, child))
        # Entries that no longer hold are passed over when they come up; those that never would are swept out.
        if len(heap) > 2 * len(self._flows) + _SLACK:
            heap[:] = [entry for entry in heap if self._holds(entry)]
            heapify(heap)

    def _holds(self, entry: tuple[float, int, Child]) -> bool:
        flow = self._flows.get(entry[2])
        return flow is not None and flow.entry == entry[1]
