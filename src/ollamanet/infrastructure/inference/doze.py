"""A sleep that can be ended."""

import asyncio


class Doze:
    """For one task that sleeps, and others that wake it; a call that comes while it is awake is not lost."""

    def __init__(self) -> None:
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """End the sleep, or the next one."""
        self._woken.set()

    async def sleep(self, seconds: float) -> None:
        """Sleep so long (>= 0) or until woken."""
        try:
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        except TimeoutError:
            return
        self._woken.clear()
