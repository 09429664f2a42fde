"""Database addresses as people and platforms write them, brought to the drivers that we use."""

from pathlib import Path
from typing import Final

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

_DRIVERS: Final = {
    "sqlite": "sqlite+pysqlite",
    "postgres": "postgresql+asyncpg",
    "postgresql": "postgresql+asyncpg",
    "mssql": "mssql+aioodbc",
    "sqlite+pysqlite": "sqlite+pysqlite",
    "sqlite+aiosqlite": "sqlite+aiosqlite",
    "postgresql+asyncpg": "postgresql+asyncpg",
    "mssql+aioodbc": "mssql+aioodbc",
}


def driver_url(address: str) -> URL:
    """The address with the driver that will be used.

    Args:
        address: `sqlite:///file`, `postgres://`, `postgresql://` or `mssql://`, with or without a driver's name.

    Raises:
        ValueError: not an address, a database or driver that is not supported, or an SQLite without a file; the text
            never repeats the address, as it may hold a password.
    """
    try:
        url = make_url(address)
    except (ArgumentError, ValueError) as error:
        raise ValueError("expected an address like sqlite:///file or postgresql://user:password@host/name") from error
    if url.drivername not in _DRIVERS:
        raise ValueError(f"unsupported database {url.drivername!r}: expected one of {', '.join(sorted(_DRIVERS))}")
    # In memory, each connection would have a database of its own.
    if url.get_backend_name() == "sqlite" and (url.database or ":memory:") == ":memory:":
        raise ValueError("SQLite needs a file: sqlite:///path/to/file")
    return url.set(drivername=_DRIVERS[url.drivername])


def sqlite_address(file: Path) -> str:
    """The address of an SQLite file.

    Raises:
        ValueError: the path has a `?`, where an address would end.
    """
    if "?" in str(file):
        raise ValueError("the path of an SQLite file may not have a question mark")
    return URL.create("sqlite", database=str(file)).render_as_string(hide_password=False)
