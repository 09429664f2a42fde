"""How Redis is; the service works without it, and says so."""

import time
from urllib.parse import urlsplit


class RedisProbe:
    """Pings a Redis server over a connection of its own."""

    def __init__(self, url: str, *, patience: float = 1.0) -> None:
        """Ask the server at `url` (`redis://`, `rediss://` or `unix://`).

        Args:
            patience: seconds to wait for a connection, and again for the answer.
        """
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2]
        self.name = f"redis {host or parts.path or 'localhost'}"
        self._url = url
        self._patience = patience

    async def check(self) -> float:
        """Seconds a ping took.

        Raises:
            redis.exceptions.RedisError: it cannot be reached, or refuses us.
        """
        # Imported when it is needed: most installations have no Redis, and starting must be quick.
        from redis.asyncio import Redis  # noqa: PLC0415 - see above
        from redis.asyncio.retry import Retry  # noqa: PLC0415 - see above
        from redis.backoff import NoBackoff  # noqa: PLC0415 - see above

        started = time.monotonic()
        # A failure is the answer: tried again, it would only come too late.
        client = Redis.from_url(
            self._url,
            socket_connect_timeout=self._patience,
            socket_timeout=self._patience,
            retry=Retry(NoBackoff(), 0),
        )
        try:
            await client.ping()
        finally:
            await client.aclose()
        return time.monotonic() - started
