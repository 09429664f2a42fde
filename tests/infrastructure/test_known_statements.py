"""The watch over the test databases does see what it is there for."""

import pytest
from sqlalchemy import text
from tests.infrastructure.known_statements import watch

from ollamanet.infrastructure.kernel.database import Database


@pytest.mark.anyio
async def test_a_statement_made_on_the_spot_is_noticed_and_a_known_one_is_not(database_address: str) -> None:
    strangers: list[str] = []
    database = Database(database_address)
    watch(database, strangers)
    await database.ping()
    await database.read(lambda connection: connection.execute(text("SELECT 1")).all())
    await database.write(lambda connection: connection.execute(text("SELECT 2")).all())
    await database.dispose()

    assert strangers == ["SELECT 1", "SELECT 2"]
