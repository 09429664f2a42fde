"""Stores when API keys were last used, in the background and at most once a minute for each."""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Protocol

from ollamanet.domain.identity.api_key import ApiKey, ApiKeyId

_log: Final = logging.getLogger(__name__)

OFTEN_ENOUGH: Final = timedelta(minutes=1)
_LARGEST_BATCH: Final = 100


class KeyUseStore(Protocol):
    """Where it is kept."""

    async def note_uses(self, uses: Mapping[ApiKeyId, datetime]) -> None:
        """Remember when keys were last used."""
        ...


@dataclass(slots=True)
class KeyUseRecorder:
    """Satisfies `KeyUses`; a use costs the request that brought it no write.

    Attributes:
        pause: seconds (> 0) between two rounds; what a crash of the process may lose.
    """

    store: KeyUseStore
    pause: float = 5.0
    _noted: dict[ApiKeyId, datetime] = field(default_factory=dict, init=False, repr=False)
    _unsaved: dict[ApiKeyId, datetime] = field(default_factory=dict, init=False, repr=False)

    def note(self, key: ApiKey, at: datetime) -> None:
        """A key was used; nothing is done when it was less than a minute ago before, here or elsewhere."""
        known = max(filter(None, (key.last_used_at, self._noted.get(key.id))), default=None)
        if known is None or at - known >= OFTEN_ENOUGH:
            self._noted[key.id] = self._unsaved[key.id] = at

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Write while the context lasts, and write the rest at its end."""
        stop = asyncio.Event()
        task = asyncio.create_task(self._write_until(stop), name="key-use-recorder")
        try:
            yield
        finally:
            stop.set()
            await task
            await self.write()

    async def write(self) -> bool:
        """Write what is new; what fails is kept for the next round. Whether all of it was stored."""
        while self._unsaved:
            batch = dict(list(self._unsaved.items())[:_LARGEST_BATCH])
            try:
                await self.store.note_uses(batch)
            except Exception:  # noqa: BLE001 - whatever it is, the next round tries again
                _log.warning("%d last uses of API keys are not stored yet", len(self._unsaved), exc_info=True)
                return False
            for key, at in batch.items():
                if self._unsaved.get(key) == at:
                    del self._unsaved[key]
        self._forget()
        return True

    def _forget(self) -> None:
        newest = max(self._noted.values(), default=None)
        if newest is not None:
            self._noted = {key: at for key, at in self._noted.items() if newest - at < OFTEN_ENOUGH}

    async def _write_until(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            await self.write()
            with suppress(TimeoutError):
                async with asyncio.timeout(self.pause):
                    await stop.wait()
