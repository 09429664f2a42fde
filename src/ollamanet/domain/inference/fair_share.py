"""Start-time fair queueing among the children of one node: users of a class, keys of a user, classes of a model."""

from collections.abc import Hashable
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from typing import Generic, TypeVar

Child = TypeVar("Child", bound=Hashable)
_SLACK = 16


@dataclass(slots=True, eq=False)
class _Flow:
    """What one child had: `tag` is the virtual time at which its next piece of work starts."""

    tag: float
    weight: float
    waiting: bool


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

    def __len__(self) -> int:
        """Children that are known: they wait, or were charged more than virtual time has passed."""
        return len(self._flows)

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
            tag, _, child = self._order[0]
            flow = self._flows.get(child)
            if flow is not None and flow.waiting and flow.tag == tag:
                return child
            heappop(self._order)

    def charge(self, child: Child, cost: float) -> None:
        """Serve it: virtual time reaches its start, and its next work starts later by what this costs."""
        flow = self._flows[child]
        self.virtual = max(self.virtual, flow.tag)
        flow.tag += cost / flow.weight
        self._push(child, flow)

    def correct(self, child: Child, cost: float, weight: float) -> None:
        """Charge the difference (of either sign) between what its work cost and what it was charged."""
        flow = self._flows.get(child)
        if flow is None:
            if cost <= 0:
                return
            flow = self._flows[child] = _Flow(self.virtual, weight, waiting=False)
        flow.tag += cost / flow.weight
        self._push(child, flow)

    def forget(self) -> list[Child]:
        """Drop the idle children who owe nothing any more, and say who they were."""
        forgotten: list[Child] = []
        while self._debts and self._debts[0][0] <= self.virtual:
            tag, _, child = heappop(self._debts)
            flow = self._flows.get(child)
            if flow is not None and not flow.waiting and flow.tag == tag:
                del self._flows[child]
                forgotten.append(child)
        return forgotten

    def _push(self, child: Child, flow: _Flow) -> None:
        heap = self._order if flow.waiting else self._debts
        self._pushed += 1
        heappush(heap, (flow.tag, self._pushed, child))
        # Entries that no longer hold are passed over when they come up; those that never would are swept out.
        if len(heap) > 2 * len(self._flows) + _SLACK:
            heap[:] = [entry for entry in heap if self._holds(entry, waiting=heap is self._order)]
            heapify(heap)

    def _holds(self, entry: tuple[float, int, Child], *, waiting: bool) -> bool:
        flow = self._flows.get(entry[2])
        return flow is not None and flow.waiting is waiting and flow.tag == entry[0]
