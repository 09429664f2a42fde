"""Work that nobody waits for, as a port: a use case starts it and does not hear of it again."""

from collections.abc import Callable, Coroutine, Hashable
from typing import Any, Protocol


class Background(Protocol):
    """Does work beside the requests: one piece at a time for each key, and so many in all; nothing waits in line."""

    def start(self, key: Hashable, work: Callable[[], Coroutine[Any, Any, None]]) -> bool:
        """Begin `work` soon; its failure is logged.

        Returns:
            Whether it will be done. False when the key has work already, there is too much of all, or the service
            stops: the caller does without.
        """
        ...

    async def stop(self, key: Hashable = None) -> bool:
        """Cancel the work of a key, or all of it for None, and return once it has ended; whether there was any."""
        ...
