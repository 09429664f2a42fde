"""The database, whichever it is."""

import asyncio
import time
from collections.abc import Callable
from typing import Final, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from ollamanet.infrastructure.kernel.database_async import AsyncDriver
from ollamanet.infrastructure.kernel.database_sqlite import SqliteThreads
from ollamanet.infrastructure.kernel.database_url import driver_url
from ollamanet.infrastructure.kernel.sql_errors import was_rolled_back
from ollamanet.infrastructure.kernel.statements import PING

Result = TypeVar("Result")

_RETRY_PAUSES: Final = (0.02, 0.1, 0.5)


class Database:
    """SQLite in a file by default, PostgreSQL or SQL Server by address.

    Work comes as plain functions over a Core `Connection`: they run in a thread on SQLite (a sixth of the time that an
    async driver takes, which crosses threads at each step) and over the async driver elsewhere.
    """

    def __init__(self, address: str, *, pool_size: int = 5, busy_timeout: float = 5.0) -> None:
        """Prepare, without connecting.

        Args:
            address: see `driver_url`.
            pool_size: connections that read at the same time (>= 1), beside the one that writes.
            busy_timeout: seconds to wait for another process that holds the SQLite file.

        Raises:
            ValueError: the address is not one we can use, or its driver is not installed.
        """
        url = driver_url(address)
        self.dialect: Final = url.get_backend_name()
        self._driver: Final = (
            SqliteThreads(url, readers=pool_size, busy_timeout=busy_timeout)
            if url.drivername == "sqlite+pysqlite"
            else AsyncDriver(url, readers=pool_size, busy_timeout=busy_timeout)
        )

    @property
    def engines(self) -> tuple[Engine, ...]:
        """Every engine through which statements pass; for observers, never for work."""
        return self._driver.engines

    async def read(self, work: Callable[[Connection], Result]) -> Result:
        """Run reads on one connection.

        Args:
            work: executes statements of a `statements` module; it must not touch anything of the event loop.

        Returns:
            What `work` returns; rows must be fetched in it.

        Raises:
            SQLAlchemyError: the database failed; parameters are never part of the text.
            OSError: the server cannot be reached.
        """
        return await self._driver.read(work)

    async def write(self, work: Callable[[Connection], Result]) -> Result:
        """Run writes in a transaction of their own, committed when this returns, rolled back when `work` raises.

        Single rows go through `GroupCommit`, which shares transactions; this is for what must stand alone.

        Args:
            work: as of `read`; it runs once more when the server undid it to end a deadlock, so it must do nothing but
                execute statements.
        """
        for pause in _RETRY_PAUSES:
            try:
                return await self._driver.write(work)
            except DBAPIError as failure:
                if not was_rolled_back(failure):
                    raise
            await asyncio.sleep(pause)
        return await self._driver.write(work)

    async def ping(self) -> float:
        """Seconds that a trivial query takes.

        Raises:
            SQLAlchemyError, OSError: the database cannot be reached.
        """
        started = time.perf_counter()
        await self.read(lambda connection: connection.execute(PING).scalar_one())
        return time.perf_counter() - started

    async def dispose(self) -> None:
        """Finish what is running, then close every connection."""
        await self._driver.dispose()
