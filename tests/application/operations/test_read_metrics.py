"""Metrics are rendered once for all who ask at about the same time."""

import asyncio

import pytest
from tests.fakes.kernel.virtual_time import LoopClock
from tests.fakes.operations.numbered_exposition import NumberedExposition

from ollamanet.application.operations.queries.read_metrics import ReadMetrics, ReadMetricsHandler

pytestmark = pytest.mark.anyio


async def test_those_who_ask_at_once_get_one_text() -> None:
    exposition = NumberedExposition(takes=3.0)
    read = ReadMetricsHandler(exposition, LoopClock())
    first = asyncio.ensure_future(read(ReadMetrics()))
    await asyncio.sleep(2)

    assert await asyncio.gather(first, read(ReadMetrics()), read(ReadMetrics())) == [b"text 1"] * 3


async def test_a_text_serves_for_a_second_and_no_longer() -> None:
    read = ReadMetricsHandler(NumberedExposition(), LoopClock())
    texts = []
    for _ in range(4):
        texts.append(await read(ReadMetrics()))
        await asyncio.sleep(0.6)

    assert texts == [b"text 1", b"text 1", b"text 2", b"text 2"]


async def test_each_form_has_its_own() -> None:
    read = ReadMetricsHandler(NumberedExposition(), LoopClock())

    assert await read(ReadMetrics(openmetrics=True)) == b"openmetrics 1"
    assert await read(ReadMetrics()) == b"text 2"


async def test_one_who_leaves_does_not_take_the_text_from_the_others() -> None:
    read = ReadMetricsHandler(NumberedExposition(takes=1.0), LoopClock())
    leaving, staying = asyncio.ensure_future(read(ReadMetrics())), asyncio.ensure_future(read(ReadMetrics()))
    await asyncio.sleep(0.5)
    leaving.cancel()

    assert await staying == b"text 1"
