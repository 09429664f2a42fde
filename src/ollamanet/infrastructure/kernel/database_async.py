"""Databases behind an async driver: SQL Server, PostgreSQL, and SQLite where `sqlite+aiosqlite` is asked for."""

from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

from sqlalchemy import URL, Connection, Engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from ollamanet.infrastructure.kernel.database_sqlite import BEGIN_WRITE, make_private, set_up_connection

Result = TypeVar("Result")


class AsyncDriver:
    """A pool that reads, and one connection that writes: readers never keep the writer waiting for a connection."""

    def __init__(self, url: URL, *, readers: int, busy_timeout: float) -> None:
        self._sqlite: Final = url.get_backend_name() == "sqlite"
        # Reads need no transaction: that saves two round trips each.
        self._reading: Final = _engine(
            url, pool_size=readers, isolation_level="AUTOCOMMIT", skip_autocommit_rollback=True
        )
        self._writing: Final = _engine(url, pool_size=1)
        if self._sqlite:
            make_private(Path(str(url.database)))

            def opened(connection: DBAPIConnection, _record: object) -> None:
                set_up_connection(connection, busy_timeout)

            for one in self.engines:
                event.listen(one, "connect", opened)

    @property
    def engines(self) -> tuple[Engine, ...]:
        """Every engine through which statements pass."""
        return self._reading.sync_engine, self._writing.sync_engine

    async def read(self, work: Callable[[Connection], Result]) -> Result:
        """Run reads on one connection."""
        async with self._reading.connect() as connection:
            return await connection.run_sync(work)

    async def write(self, work: Callable[[Connection], Result]) -> Result:
        """Run writes in one transaction, committed when this returns."""
        async with self._writing.begin() as connection:
            if self._sqlite:
                await connection.exec_driver_sql(BEGIN_WRITE)
            return await connection.run_sync(work)

    async def dispose(self) -> None:
        """Close all connections."""
        await self._reading.dispose()
        await self._writing.dispose()


def _engine(url: URL, **options: object) -> AsyncEngine:
    backend = url.get_backend_name()
    # A server closes idle connections: ask before use. A file does not.
    options |= {"max_overflow": 0, "pool_pre_ping": backend != "sqlite", "hide_parameters": True}
    try:
        return create_async_engine(url, **options)
    except ModuleNotFoundError as error:
        raise ValueError(f"no driver for {backend}: install ollamanet[{backend}]") from error
