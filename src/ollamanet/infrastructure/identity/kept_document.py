"""A document of somebody else's, kept for a while and fetched by one caller at a time."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, Generic, TypeVar

from ollamanet.application.kernel.clock import Clock
from ollamanet.domain.kernel.errors import Refusal

Document = TypeVar("Document")


class KeptDocument(Generic[Document]):
    """However many want it at once, it is fetched once; a failure is the answer to all who ask within a moment."""

    def __init__(
        self,
        fetch: Callable[[], Awaitable[Document]],
        clock: Clock,
        *,
        lifetime: float = 3600.0,
        renewal_pause: float = 30.0,
        failure_pause: float = 2.0,
    ) -> None:
        """Fetch nothing yet.

        Args:
            fetch: raises a `Refusal` where it is not to be had.
            clock: whose monotonic seconds count.
            lifetime: seconds (> 0) that it is used.
            renewal_pause: seconds (> 0) at least from one fetch to the next that `renewed` makes.
            failure_pause: seconds (>= 0) that a failure is everybody's answer.
        """
        self._fetch: Final = fetch
        self._clock: Final = clock
        self._lifetime: Final = lifetime
        self._renewal_pause: Final = renewal_pause
        self._failure_pause: Final = failure_pause
        self._lock: Final = asyncio.Lock()
        self._document: Document | None = None
        self._fetched_at = 0.0
        self._failure: Refusal | None = None
        self._failed_at = 0.0

    async def get(self) -> Document:
        """The document, as it was within its lifetime.

        Raises:
            Refusal: it cannot be had.
        """
        return await self._younger_than(self._lifetime)

    async def renewed(self) -> Document:
        """The document as it is now, or was a short time ago: it seems to lack something.

        Raises:
            Refusal: it cannot be had.
        """
        return await self._younger_than(self._renewal_pause)

    async def _younger_than(self, age: float) -> Document:
        if self._document is not None and self._clock.monotonic() - self._fetched_at < age:
            return self._document
        async with self._lock:
            now = self._clock.monotonic()
            # Whoever held the lock has asked for all who waited.
            if self._document is not None and now - self._fetched_at < age:
                return self._document
            if self._failure is not None and now - self._failed_at < self._failure_pause:
                raise type(self._failure)(self._failure.detail, retry_after=self._failure.retry_after)
            try:
                self._document = await self._fetch()
            except Refusal as failure:
                self._failure, self._failed_at = failure, self._clock.monotonic()
                raise
            self._failure, self._fetched_at = None, self._clock.monotonic()
            return self._document
