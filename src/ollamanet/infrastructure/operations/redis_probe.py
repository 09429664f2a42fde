"""How Redis is; the service works without it, and says so."""

import time
from urllib.parse import urlsplit


class RedisProbe:
    """Pings a Redis server over a connection of its own."""

    def __init__(self, url: str) -> None:
        """Ask the server at `url` (`redis://`, `rediss://` or `unix://`)."""
        parts = urlsplit(url)
        self.name = f"redis {parts.hostname or parts.path}:{parts.port or 6379}"
        self._url = url

    async def check(self) -> float:
        """Seconds a ping took.

        Raises:
            redis.exceptions.RedisError: it cannot be reached, or refuses us.
        """
        # Imported when it is needed: most installations have no Redis, and starting must be quick.
        from redis.asyncio import Redis  # noqa: PLC0415

        started = time.monotonic()
        client = Redis.from_url(self._url, socket_connect_timeout=1.0, socket_timeout=1.0)
        try:
            await client.ping()
        finally:
            await client.aclose()
        return time.monotonic() - started
