"""From the bytes of a chat stream to deltas; pure, so that every way of cutting the bytes can be tried."""

from collections.abc import Callable
from typing import Final

import msgspec

from ollamanet.domain.inference.errors import ReplicaGarbled, ReplicaLost
from ollamanet.domain.kernel.chat import ToolCall
from ollamanet.domain.kernel.errors import Refusal
from ollamanet.domain.kernel.reply import Delta, DoneReason, Finished, Text, Thinking, ToolCalled, Usage
from ollamanet.infrastructure.inference.ollama_errors import from_error_line
from ollamanet.infrastructure.inference.ollama_wire import UNREADABLE, ChatLine, ToolCallLine

LONGEST_LINE: Final = 8 * 1024 * 1024
"""Bytes of one line; the runner behind Ollama has the same limit."""

LONGEST_REPLY: Final = 64 * 1024 * 1024
"""Bytes of all lines of a reply, which is held in memory until it is stored; a model takes days for so much."""

_MOST_TOKENS: Final = 10_000_000
"""More than any model reads or writes at once; a count beyond it is a mistake, and no user is to be charged for it."""

_NANOSECONDS: Final = 1e9
_LINES: Final = msgspec.json.Decoder(ChatLine)


class ReplyDecoder:
    """Decodes whatever was read in one go, keeping a line that is not whole yet.

    Args:
        replica: its name, for messages.
        new_call_id: makes the id of a tool call that came without one.

    Attributes:
        finished: a `Finished` was given out; nothing more will be.
        failure: why the reply ends here; to be raised after the deltas that were returned so far.
    """

    __slots__ = ("_begun", "_new_call_id", "_parts", "_pending", "_replica", "_size", "failure", "finished")

    def __init__(self, replica: str, new_call_id: Callable[[], str]) -> None:
        self._replica = replica
        self._new_call_id = new_call_id
        self._parts: list[bytes] = []
        self._pending = self._size = 0
        self._begun = False
        self.finished = False
        self.failure: Refusal | None = None

    def feed(self, data: bytes) -> list[Delta]:
        """The deltas that `data` completes: 0..n."""
        self._size += len(data)
        end = data.rfind(b"\n") + 1
        if self._parts or end != len(data):
            data = self._whole_lines(data, end)
        deltas = self._deltas(data) if data else []
        if self._pending > LONGEST_LINE:
            self._fail_at_length()
        elif self._size > LONGEST_REPLY:
            self._fail(ReplicaGarbled(f"{self._replica} sent a reply of more than {LONGEST_REPLY} bytes"))
        return deltas

    def end(self) -> list[Delta]:
        """The deltas of a last line that has no line feed; a reply that is not finished by then is lost."""
        rest, self._parts = b"".join(self._parts).strip(), []
        half = rest.startswith(b"{") and not _is_json(rest)
        deltas = [] if half or not rest else self._deltas(rest)
        self._fail(ReplicaLost(f"{self._replica} ended the reply before it was complete"))
        return deltas

    def _whole_lines(self, data: bytes, end: int) -> bytes:
        lines = b""
        if end:
            if self._pending + data.index(b"\n") > LONGEST_LINE:
                self._fail_at_length()
                return b""
            lines = b"".join((*self._parts, data[:end]))
            self._parts, self._pending = [], 0
        if end < len(data):
            self._parts.append(data[end:])
            self._pending += len(data) - end
        return lines

    def _deltas(self, block: bytes) -> list[Delta]:
        deltas: list[Delta] = []
        try:
            lines, whole = _LINES.decode_lines(block), True
        except UNREADABLE:
            lines, whole = _up_to_the_bad_one(block), False
        for line in lines:
            self._take(line, deltas)
            if self.finished or self.failure is not None:
                break
        if not whole:
            self._fail(ReplicaGarbled(f"{self._replica} sent a line that is not Ollama's"))
        return deltas

    def _take(self, line: ChatLine, deltas: list[Delta]) -> None:
        if line.error is not None:
            self._fail(from_error_line(line.error, self._replica, begun=self._begun))
            return
        message = line.message
        if message is not None:
            if message.thinking:
                deltas.append(Thinking(message.thinking))
            if message.content:
                deltas.append(Text(message.content))
            if message.tool_calls:
                deltas.extend(ToolCalled(self._call(call)) for call in message.tool_calls)
            self._begun = self._begun or bool(deltas)
        elif not line.done:
            self._fail(ReplicaGarbled(f"{self._replica} sent a line that is not of a chat"))
            return
        if line.done:
            deltas.append(_finished(line))
            self.finished = True

    def _fail_at_length(self) -> None:
        self._fail(ReplicaGarbled(f"{self._replica} sent a line of more than {LONGEST_LINE} bytes"))

    def _fail(self, failure: Refusal) -> None:
        if not self.finished and self.failure is None:
            self.failure = failure

    def _call(self, call: ToolCallLine) -> ToolCall:
        arguments = msgspec.json.encode(call.function.arguments or {}).decode()
        return ToolCall(call.id or self._new_call_id(), call.function.name, arguments)


def _finished(line: ChatLine) -> Finished:
    return Finished(
        DoneReason.LENGTH if line.done_reason == "length" else DoneReason.STOP,
        Usage(_believable(line.prompt_eval_count), _believable(line.eval_count)),
        load=(line.load_duration or 0) / _NANOSECONDS,
        prefill=(line.prompt_eval_duration or 0) / _NANOSECONDS,
    )


def _believable(count: int | None) -> int | None:
    return None if count is None or count > _MOST_TOKENS else count


def _up_to_the_bad_one(block: bytes) -> list[ChatLine]:
    lines = []
    for text in block.split(b"\n"):
        try:
            lines.extend(_LINES.decode_lines(text))
        except UNREADABLE:
            break
    return lines


def _is_json(text: bytes) -> bool:
    try:
        msgspec.json.decode(text, type=msgspec.Raw)
    except UNREADABLE:
        return False
    return True
