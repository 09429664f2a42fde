"""Stores what was used of the day in the background, so that no request waits for it."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Final

from ollamanet.application.inference.limit_ports import DayUses
from ollamanet.domain.inference.day_window import DayKey, DayLedger, Tally

_log: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class UsageRecorder:
    """Writes what is new of a ledger.

    Attributes:
        pause: seconds (> 0) between two rounds; what a crash of the process may lose.
    """

    ledger: DayLedger
    days: DayUses
    pause: float = 3.0

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Take over what is stored, write while the context lasts, and write the rest at its end."""
        for whose, tally in (await self.days.load(self.ledger.day)).items():
            self.ledger.restore(whose, tally)
        stop = asyncio.Event()
        task = asyncio.create_task(self._write_until(stop), name="usage-recorder")
        try:
            yield
        finally:
            # Not cancelled: a write that was accepted is carried out, and would be counted twice.
            stop.set()
            await task
            if not await self.write():
                _log.error("what was used of the day is not stored: the counts above are lost")

    async def write(self) -> bool:
        """Write what is new; what fails is kept for the next round. Whether all of it was stored."""
        unsaved = list(self.ledger.take_unsaved().items())
        stored = await asyncio.gather(*(self._stored(whose, tally) for whose, tally in unsaved), return_exceptions=True)
        failures = [failure for failure in stored if failure is not None]
        if failures:
            _log.warning("%d counts of tokens are not stored yet", len(failures), exc_info=failures[0])
        return not failures

    async def _stored(self, whose: DayKey, tally: Tally) -> None:
        try:
            await self.days.add(whose, tally)
        except Exception:
            self.ledger.not_saved(whose, tally)
            raise

    async def _write_until(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            await self.write()
            with suppress(TimeoutError):
                async with asyncio.timeout(self.pause):
                    await stop.wait()
