"""Databases behind an async driver: SQL Server, PostgreSQL, and SQLite where `sqlite+aiosqlite` is asked for."""

from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

from sqlalchemy import URL, Connection, Engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import create_async_engine

from ollamanet.infrastructure.kernel.database_sqlite import BEGIN_WRITE, make_private, set_up_connection

Result = TypeVar("Result")


class AsyncDriver:
    """One pool for reads and writes."""

    def __init__(self, url: URL, *, pool_size: int, busy_timeout: float) -> None:
        self._sqlite: Final = url.get_backend_name() == "sqlite"
        # A server closes idle connections: ask before use. A file does not.
        self._engine: Final = create_async_engine(
            url, pool_size=pool_size, max_overflow=0, pool_pre_ping=not self._sqlite, hide_parameters=True
        )
        if self._sqlite:
            make_private(Path(str(url.database)))

            def opened(connection: DBAPIConnection, _record: object) -> None:
                set_up_connection(connection, busy_timeout)

            event.listen(self._engine.sync_engine, "connect", opened)

    @property
    def engines(self) -> tuple[Engine, ...]:
        """Every engine through which statements pass."""
        return (self._engine.sync_engine,)

    async def read(self, work: Callable[[Connection], Result]) -> Result:
        """Run reads on one connection."""
        async with self._engine.connect() as connection:
            return await connection.run_sync(work)

    async def write(self, work: Callable[[Connection], Result]) -> Result:
        """Run writes in one transaction, committed when this returns."""
        async with self._engine.begin() as connection:
            if self._sqlite:
                await connection.exec_driver_sql(BEGIN_WRITE)
            return await connection.run_sync(work)

    async def dispose(self) -> None:
        """Close all connections."""
        await self._engine.dispose()
