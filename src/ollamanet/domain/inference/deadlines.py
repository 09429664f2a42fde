"""One deadline for each of many tickets; the earliest is always at hand."""

from collections.abc import Iterator
from heapq import heapify, heappop, heappush
from math import inf

from ollamanet.domain.kernel.ids import RequestId

_SLACK = 64


class Deadlines:
    """A heap with lazy deletion: setting, clearing and ringing take O(log n)."""

    def __init__(self) -> None:
        """Start with none."""
        self._at: dict[RequestId, float] = {}
        self._heap: list[tuple[float, RequestId]] = []

    def __len__(self) -> int:
        """Entries that are held, those that no longer count among them."""
        return len(self._heap)

    def set(self, ticket: RequestId, at: float) -> None:
        """Ring at this time (seconds; infinite for never) and at no other."""
        self.clear(ticket)
        if at == inf:
            return
        self._at[ticket] = at
        heappush(self._heap, (at, ticket))
        if len(self._heap) > 2 * len(self._at) + _SLACK:
            self._heap = [(time, each) for each, time in self._at.items()]
            heapify(self._heap)

    def clear(self, ticket: RequestId) -> None:
        """Do not ring for it."""
        self._at.pop(ticket, None)

    def due(self, now: float) -> Iterator[RequestId]:
        """Tickets whose time has come, the earliest first; each is said once."""
        while self.next() <= now:
            _, ticket = heappop(self._heap)
            del self._at[ticket]
            yield ticket

    def next(self) -> float:
        """When the earliest rings; infinite if none does."""
        while self._heap:
            at, ticket = self._heap[0]
            if self._at.get(ticket) == at:
                return at
            heappop(self._heap)
        return inf
