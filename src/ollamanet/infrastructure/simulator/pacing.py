"""Tokens at their due times on the loop's clock."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from typing import Final

from ollamanet.infrastructure.simulator.dialects import Beat

# With no rate to keep, so many tokens leave at once: the loop gets its turn in between, and a cancellation too.
_BURST: Final = 64
# uvloop's timers count whole milliseconds; aiming this much later spares a dozen wake-ups just before each token.
_TIMER_GRAIN: Final = 0.001


async def due_beats(beats: Sequence[Beat], tokens_per_second: float) -> AsyncGenerator[Sequence[Beat], None]:
    """Yield the tokens that are due, in order; those that fell due while the consumer was busy come together.

    Args:
        beats: all tokens of the reply.
        tokens_per_second: the first token is due one period from now; 0 means all of them at once.
    """
    if tokens_per_second <= 0:
        for start in range(0, len(beats), _BURST):
            await asyncio.sleep(0)
            yield beats[start : start + _BURST]
        return
    clock = asyncio.get_running_loop().time
    period = 1.0 / tokens_per_second
    started, sent = clock(), 0
    while sent < len(beats):
        ready = min(len(beats), int((clock() - started) / period))
        if ready <= sent:
            await asyncio.sleep(started + (sent + 1) * period - clock() + _TIMER_GRAIN)
        else:
            yield beats[sent:ready]
            sent = ready
