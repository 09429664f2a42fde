"""SQLite without an async driver: a whole piece of work runs in one thread, for one hop instead of one a statement."""

import asyncio
import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from sqlite3 import DatabaseError as SqliteError
from typing import Final, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection

Result = TypeVar("Result")

BEGIN_WRITE: Final = "BEGIN IMMEDIATE"
"""Takes the write lock at once: a transaction that starts as a reader cannot wait for it later, it fails."""

_SET_UP_TIME: Final = 2.0
_SET_UP_PAUSE: Final = 0.02


def set_up_connection(connection: DBAPIConnection, busy_timeout: float) -> None:
    """Bring a new connection to the modes that everything else relies on.

    synchronous=NORMAL with WAL: a commit is in the file as far as the operating system is concerned, so a killed
    process (SIGKILL) loses nothing. A power cut may undo the newest commits, those since the last checkpoint, but
    leaves the file consistent. FULL would cost one fsync for each commit.
    """
    deadline = time.monotonic() + _SET_UP_TIME
    while True:
        try:
            _set_modes(connection, busy_timeout)
        except SqliteError as error:
            # While a process switches a fresh file to WAL, SQLite does not make the others wait.
            if "locked" not in str(error) or time.monotonic() > deadline:
                connection.close()
                raise
            time.sleep(_SET_UP_PAUSE)
        else:
            return


def _set_modes(connection: DBAPIConnection, busy_timeout: float) -> None:
    cursor = connection.cursor()
    try:
        cursor.execute(f"PRAGMA busy_timeout = {round(busy_timeout * 1000)}")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.execute("PRAGMA synchronous = NORMAL")
        cursor.execute("PRAGMA journal_mode = WAL")
    finally:
        cursor.close()


def make_private(file: Path) -> None:
    """Make the file and its folder where they are missing, for the owner's eyes only; SQLite's side files follow it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))


class SqliteThreads:
    """Readers in a few threads, and one thread that writes; WAL lets them work side by side."""

    def __init__(self, url: URL, *, readers: int, busy_timeout: float) -> None:
        make_private(Path(str(url.database)))

        def opened(connection: DBAPIConnection, _record: object) -> None:
            set_up_connection(connection, busy_timeout)

        # Reads need no transaction: each statement sees one snapshot.
        self._reading: Final = create_engine(
            url,
            isolation_level="AUTOCOMMIT",
            skip_autocommit_rollback=True,
            pool_reset_on_return=None,
            pool_size=readers,
            max_overflow=0,
            hide_parameters=True,
        )
        self._writing: Final = create_engine(url, pool_size=1, max_overflow=0, hide_parameters=True)
        for engine in (self._reading, self._writing):
            event.listen(engine, "connect", opened)
        self._readers: Final = ThreadPoolExecutor(readers, thread_name_prefix="sqlite-read")
        self._writer: Final = ThreadPoolExecutor(1, thread_name_prefix="sqlite-write")
        self._kept: Connection | None = None

    @property
    def engines(self) -> tuple[Engine, ...]:
        """Every engine through which statements pass."""
        return self._reading, self._writing

    async def read(self, work: Callable[[Connection], Result]) -> Result:
        """Run reads on one connection."""
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._with_connection, work)

    async def write(self, work: Callable[[Connection], Result]) -> Result:
        """Run writes in one transaction, committed when this returns."""
        return await asyncio.get_running_loop().run_in_executor(self._writer, self._in_transaction, work)

    async def dispose(self) -> None:
        """Finish what is running and close the file."""
        await asyncio.to_thread(self._close)

    def _with_connection(self, work: Callable[[Connection], Result]) -> Result:
        with self._reading.connect() as connection:
            return work(connection)

    def _in_transaction(self, work: Callable[[Connection], Result]) -> Result:
        # Kept, as nobody else writes: to take it out of its pool and put it back costs an eighth of a small write.
        connection = self._kept = self._kept or self._writing.connect()
        with connection.begin():
            connection.exec_driver_sql(BEGIN_WRITE)
            return work(connection)

    def _close(self) -> None:
        self._readers.shutdown()
        self._writer.shutdown()
        if self._kept is not None:
            self._kept.close()
        for engine in self.engines:
            engine.dispose()
