"""Tokens at their due times, without a busy wait between them."""

import asyncio

import pytest
import uvloop

from ollamanet.infrastructure.simulator.dialects import Beat
from ollamanet.infrastructure.simulator.pacing import due_beats

BEATS = [Beat("content", str(number)) for number in range(12)]


def test_the_loop_sleeps_once_or_twice_a_token_whatever_its_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    sleeps = 0
    sleep = asyncio.sleep

    async def counted(seconds: float) -> None:
        nonlocal sleeps
        sleeps += 1
        await sleep(seconds)

    async def paced() -> list[Beat]:
        return [beat async for batch in due_beats(BEATS, 130.0) for beat in batch]

    monkeypatch.setattr(asyncio, "sleep", counted)

    assert uvloop.run(paced()) == BEATS
    assert sleeps <= 2 * len(BEATS)


@pytest.mark.anyio
async def test_what_fell_due_while_nobody_looked_comes_together() -> None:
    batches = []
    async for batch in due_beats(BEATS, 1000.0):
        batches.append(list(batch))
        await asyncio.sleep(0.05)

    assert [beat for batch in batches for beat in batch] == BEATS
    assert len(batches) <= 2


@pytest.mark.anyio
async def test_without_a_rate_tokens_come_in_bursts_and_the_loop_gets_its_turn() -> None:
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    other = asyncio.create_task(others())
    batches = [len(batch) async for batch in due_beats(BEATS * 20, 0)]
    other.cancel()

    assert sum(batches) == 240
    assert turns >= len(batches) > 1
