"""Which driver an address leads to, and which addresses are refused."""

from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from ollamanet.infrastructure.kernel.database_url import driver_url, sqlite_address


@pytest.mark.parametrize(
    ("address", "driver"),
    [
        ("sqlite:///var/ollamanet.db", "sqlite+pysqlite"),
        ("sqlite+aiosqlite:///var/ollamanet.db", "sqlite+aiosqlite"),
        ("postgres://u:p@host/name", "postgresql+asyncpg"),
        ("postgresql://u:p@host/name", "postgresql+asyncpg"),
        ("postgresql+asyncpg://u:p@host/name", "postgresql+asyncpg"),
        ("mssql://u:p@host/name?driver=FreeTDS", "mssql+aioodbc"),
    ],
)
def test_an_address_gets_the_driver_we_use_and_keeps_the_rest(address: str, driver: str) -> None:
    url = driver_url(address)

    assert url.drivername == driver
    assert url.set(drivername=make_url(address).drivername) == make_url(address)


@pytest.mark.parametrize(
    "address", ["", "no address", "mysql://u:secret@host/name", "postgresql+psycopg2://u:secret@h/n"]
)
def test_refuses_what_it_cannot_drive_without_repeating_the_password(address: str) -> None:
    with pytest.raises(ValueError, match=r"expected") as refused:
        driver_url(address)

    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("address", ["sqlite://", "sqlite:///:memory:", "sqlite+aiosqlite://"])
def test_refuses_an_sqlite_that_forgets(address: str) -> None:
    with pytest.raises(ValueError, match="needs a file"):
        driver_url(address)


@pytest.mark.parametrize("file", ["/var/lib/what is 100% #1/o@net:1.db", "var/ollamanet.db"])
def test_a_file_with_an_odd_name_survives_its_address(file: str) -> None:
    assert driver_url(sqlite_address(Path(file))).database == file


def test_a_file_that_would_cut_its_address_is_refused() -> None:
    with pytest.raises(ValueError, match="question mark"):
        sqlite_address(Path("why?.db"))
