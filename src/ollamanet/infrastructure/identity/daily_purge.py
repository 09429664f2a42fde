"""Has accounts erased whose time is over: at the start, and once a day."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Final

from ollamanet.application.identity.commands.purge_expired_users import PurgeExpiredUsers

_log: Final = logging.getLogger(__name__)

_A_DAY: Final = 86_400.0


@dataclass(frozen=True, slots=True)
class DailyPurge:
    """Works in rounds, each of them a few accounts at a time until none is left.

    Attributes:
        purge: erases the next few, and says how many it were.
        pause: seconds (> 0) between two rounds.
    """

    purge: Callable[[PurgeExpiredUsers], Awaitable[int]]
    pause: float = _A_DAY

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Work while the context lasts; what is interrupted is finished in the next round, or after the next start."""
        task = asyncio.create_task(self._rounds(), name="daily-purge")
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _rounds(self) -> None:
        while True:
            try:
                while await self.purge(PurgeExpiredUsers()):
                    pass
            except Exception:  # noqa: BLE001 - whatever it is, tomorrow is another day
                _log.exception("deleted accounts were not purged; the next round tries again")
            await asyncio.sleep(self.pause)
