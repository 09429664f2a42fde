"""What was used of the day outlives the process, and a database that fails refuses nobody and loses nothing."""

import asyncio
from typing import Any

import pytest
from tests.fakes.inference.memory_day_uses import MemoryDayUses
from tests.fakes.kernel.virtual_time import VIRTUAL_TIME
from tests.infrastructure.inference.quota_desk import ADA, BOB, QuotaDesk

from ollamanet.domain.inference.day_window import DayLedger, Tally
from ollamanet.infrastructure.inference.usage_recorder import UsageRecorder

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> Any:
    return VIRTUAL_TIME


@pytest.fixture
def desk() -> QuotaDesk:
    return QuotaDesk()


async def test_what_is_new_is_written_every_few_seconds_and_the_rest_at_the_end(desk: QuotaDesk) -> None:
    days = MemoryDayUses()
    whose = (ADA, None, desk.ledger.day)
    async with UsageRecorder(desk.ledger, days).running():
        desk.done(30)
        desk.done(12)
        assert days.stored == {}
        await asyncio.sleep(4)
        assert days.stored == {whose: Tally(2, 42)}
        desk.done(8, user=BOB, key="k1")

    assert days.stored == {whose: Tally(2, 42), (BOB, "k1", desk.ledger.day): Tally(1, 8)}


async def test_a_restart_goes_on_with_the_day(desk: QuotaDesk) -> None:
    days = MemoryDayUses()
    async with UsageRecorder(desk.ledger, days).running():
        desk.done(30)
        desk.done(5, key="k1")
    again = QuotaDesk()
    async with UsageRecorder(again.ledger, days).running():
        assert again.usage().user.today == Tally(2, 35)
        usage = again.usage(key="k1").key
        assert usage is not None
        assert usage.today == Tally(1, 5)
        again.done(1)

    assert days.stored[ADA, None, again.ledger.day] == Tally(2, 31)


async def test_a_database_that_fails_is_logged_and_tried_again_and_nothing_is_lost(
    desk: QuotaDesk, caplog: pytest.LogCaptureFixture
) -> None:
    days = MemoryDayUses()
    days.broken = True
    async with UsageRecorder(desk.ledger, days).running():
        desk.done(30)
        await asyncio.sleep(10)
        desk.done(12)
        assert "1 counts of tokens are not stored yet" in caplog.text
        days.broken = False
        await asyncio.sleep(4)
        assert days.stored == {(ADA, None, desk.ledger.day): Tally(2, 42)}


async def test_an_end_while_it_writes_counts_nothing_twice(desk: QuotaDesk) -> None:
    class Slow(MemoryDayUses):
        async def add(self, whose: Any, tally: Tally) -> None:
            await asyncio.sleep(2)
            await super().add(whose, tally)

    days = Slow()
    async with UsageRecorder(desk.ledger, days).running():
        await asyncio.sleep(1)
        desk.done(30)
        await asyncio.sleep(3)

    assert days.stored == {(ADA, None, desk.ledger.day): Tally(1, 30)}


async def test_whether_all_was_stored_is_told() -> None:
    ledger, days = DayLedger(20_000), MemoryDayUses()
    recorder = UsageRecorder(ledger, days)
    ledger.settle((ADA, None, 20_000), reserved=0, tokens=3)
    days.broken = True
    assert not await recorder.write()
    days.broken = False
    assert await recorder.write()
