"""What was heard of a reply so far."""

from collections.abc import Sequence
from dataclasses import replace

from ollamanet.application.kernel.clock import Clock
from ollamanet.domain.conversations.conversation import Timings
from ollamanet.domain.kernel.chat import ToolCall
from ollamanet.domain.kernel.reply import Finished, ReplyEvent, Started, Text, Thinking, ToolCalled, Usage


class Heard:
    """Collects the pieces of one reply; the only mutable thing on its way.

    Attributes:
        finished: the reply's own end; None while it goes on.
    """

    __slots__ = ("_clock", "_first", "_origin", "_queued", "_text", "_thinking", "_tool_calls", "finished")

    def __init__(self, clock: Clock, *, origin: float) -> None:
        """Listen from `origin` on: when the request came, in monotonic seconds."""
        self._clock = clock
        self._origin = origin
        self._first: float | None = None
        self._queued: float | None = None
        self._text: list[str] = []
        self._thinking: list[str] = []
        self._tool_calls: list[ToolCall] = []
        self.finished: Finished | None = None

    def add(self, batch: Sequence[ReplyEvent]) -> None:
        """Take in a batch, oldest event first."""
        for event in batch:
            if type(event) is Text:  # nearly always, and the quickest way to see it
                self._text.append(event.text)
                continue
            match event:
                case Thinking():
                    self._thinking.append(event.text)
                case ToolCalled():
                    self._tool_calls.append(event.call)
                case Started():
                    self._queued = event.queued
                case Finished():
                    self.finished = event
                case _:
                    continue
        if self._first is None and self.anything:
            self._first = self._clock.monotonic()

    @property
    def anything(self) -> bool:
        """The model has said something; an empty piece is nothing."""
        return any(self._text) or any(self._thinking) or bool(self._tool_calls)

    @property
    def text(self) -> str:
        """The answer so far."""
        return "".join(self._text)

    @property
    def thinking(self) -> str:
        """The reasoning so far."""
        return "".join(self._thinking)

    @property
    def tool_calls(self) -> tuple[ToolCall, ...]:
        """The calls asked for so far."""
        return tuple(self._tool_calls)

    def usage(self) -> Usage:
        """As the replica counted; of an answer that was cut, the pieces that came: a replica sends a token in each."""
        counted = Usage() if self.finished is None else self.finished.usage
        if counted.completion_tokens is not None:
            return counted
        pieces = sum(map(bool, self._text)) + sum(map(bool, self._thinking)) + len(self._tool_calls)
        return replace(counted, completion_tokens=pieces)

    def timings(self) -> Timings:
        """Where the time went until now."""
        now = self._clock.monotonic()
        queued = now - self._origin if self._queued is None else self._queued
        ttft = None if self._first is None else _milliseconds(self._first - self._origin)
        return Timings(_milliseconds(queued), ttft, _milliseconds(now - self._origin))


def _milliseconds(seconds: float) -> float:
    return round(seconds * 1000, 3)
