"""The bodies of chat and generate answers: single lines, the last line, the whole."""

import time
from collections.abc import Sequence
from dataclasses import replace

from ollamanet.infrastructure.simulator.ask import Ask
from ollamanet.infrastructure.simulator.dialects import Beat, ToolCall, logprob_of
from ollamanet.infrastructure.simulator.go_time import utc_stamp
from ollamanet.infrastructure.simulator.script import Script


def whole_answer(ask: Ask, script: Script, *, done: bool = True) -> dict[str, object]:
    """The body of an answer that is not streamed, without its counters."""
    texts = {"content": "", "thinking": ""}
    for beat in script.beats:
        if beat.channel in texts:
            texts[beat.channel] += beat.text
    body = ask.dialect.body(texts["thinking"], texts["content"], script.calls)
    answer = {"model": ask.dialect.model, "created_at": utc_stamp(time.time_ns()), **body, "done": done}
    if done:
        answer["done_reason"] = script.done_reason
    if ask.dialect.logprobs is not None:
        answer["logprobs"] = [logprob_of(beat.text, ask.dialect.logprobs) for beat in script.beats if beat.text]
    return answer


def closing(ask: Ask, calls: Sequence[ToolCall], reason: str) -> dict[str, object]:
    """The body of a last line: no text, but the tool calls that a native model kept for it."""
    script = Script((), reason, tuple(calls))
    return whole_answer(replace(ask, dialect=replace(ask.dialect, logprobs=None)), script)


def lines_of(ask: Ask, batch: Sequence[Beat], script: Script) -> bytes:
    """The lines of a stream for tokens that are due together."""
    stamp = utc_stamp(time.time_ns())
    return b"".join(ask.dialect.line(beat, stamp, script.calls if beat.channel == "tools" else ()) for beat in batch)
