"""What a fake says, step by step."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from typing import TypeVar

from ollamanet.domain.kernel.reply import DoneReason, Finished, Queued, Started, Text, Thinking, ToolCalled, Usage

Event = Queued | Started | Text | Thinking | ToolCalled | Finished
Step = str | Event | Sequence[Event] | float | BaseException
"""A string is a piece of text, a sequence one batch, a number seconds of silence, an exception the end."""

Result = TypeVar("Result")

WHOLE = Finished(DoneReason.STOP, Usage(12, 3))


async def played(script: Sequence[Step]) -> AsyncGenerator[Sequence[Event], None]:
    """The batches of a script; each takes a turn of the loop, so that anybody may be cancelled before it."""
    for step in script:
        await asyncio.sleep(step if isinstance(step, float | int) else 0)
        match step:
            case BaseException():
                raise step
            case str():
                yield (Text(step),)
            case float() | int():
                continue
            case Sequence():
                yield step
            case _:
                yield (step,)
