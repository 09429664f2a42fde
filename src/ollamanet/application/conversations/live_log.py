"""The events of one chat as they were sent, kept so that they can be sent again."""

import asyncio
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter

from ollamanet.domain.kernel.errors import Conflict, InvalidRequest

_number = attrgetter("last")


@dataclass(frozen=True, slots=True)
class Piece:
    """Events that came together.

    Attributes:
        data: all of them, encoded; each begins with a line `id: <number>`.
        last: the number of the last one.
        begins: worth committing to a status for.
    """

    data: bytes
    last: int
    begins: bool


class EventLog:
    """Numbered events, oldest first, as many of the newest as there is room for; any number of readers.

    Attributes:
        last: the number of the newest event, 0 before the first.
        over: nothing comes any more.
        failure: why, if it did not end well; readers hear of it under the number after `last`.
    """

    __slots__ = ("_forgotten", "_pieces", "_waiters", "failure", "last", "over")

    def __init__(self) -> None:
        """Empty."""
        self._pieces: list[Piece] = []
        self._forgotten = 0
        self._waiters: set[asyncio.Future[None]] = set()
        self.last = 0
        self.over = False
        self.failure: Exception | None = None

    def append(self, data: bytes, last: int, *, begins: bool) -> None:
        """Add the events up to number `last`, and wake whoever waits for them."""
        self._pieces.append(Piece(data, last, begins))
        self.last = last
        self._wake()

    def end(self, failure: Exception | None) -> None:
        """Nothing more comes."""
        self.over, self.failure = True, failure
        self._wake()

    def forget_oldest(self, size: int) -> int:
        """Make room: forget the oldest pieces until `size` bytes (>= 0) are freed; how many were."""
        freed = count = 0
        while freed < size and count < len(self._pieces):
            freed += len(self._pieces[count].data)
            count += 1
        if count:
            self._forgotten = self._pieces[count - 1].last
            del self._pieces[:count]
        return freed

    def check(self, after: int) -> None:
        """Whether a reader that has heard the events up to `after` can go on from there.

        Raises:
            InvalidRequest: there is no such event yet.
            Conflict: those that follow it were forgotten.
        """
        if not 0 <= after <= self.last + (self.failure is not None):
            raise InvalidRequest(f"Last-Event-ID: there is no event {after}, the newest is {self.last}")
        if after < self._forgotten:
            detail = f"events {after + 1} to {self._forgotten} are no longer kept; read the conversation instead"
            raise Conflict(detail)

    def heard_all(self, after: int) -> bool:
        """Nothing follows the event `after`, and nothing ever will."""
        return self.over and after >= self.last + (self.failure is not None)

    def since(self, after: int) -> Sequence[Piece]:
        """The events that follow number `after`.

        Raises:
            InvalidRequest, Conflict: as `check`.
        """
        self.check(after)
        index = bisect_right(self._pieces, after, key=_number)
        pieces = self._pieces[index:]
        begun = self._pieces[index - 1].last if index else self._forgotten
        if pieces and begun < after:
            pieces[0] = _from(pieces[0], after + 1)
        return pieces

    async def news(self) -> None:
        """Wait for an event, or for the end; returns at once after that."""
        if self.over:
            return
        waiter = asyncio.get_running_loop().create_future()
        self._waiters.add(waiter)
        try:
            await waiter
        finally:
            self._waiters.discard(waiter)

    def _wake(self) -> None:
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_result(None)
        self._waiters.clear()


def _from(piece: Piece, number: int) -> Piece:
    # Only a whole event ends with an empty line: its data is JSON, on one line.
    start = piece.data.index(b"\n\nid: %d\n" % number) + 2
    return Piece(piece.data[start:], piece.last, piece.begins)
