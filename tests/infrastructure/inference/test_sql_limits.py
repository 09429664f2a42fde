"""Limits and days in a real database."""

from uuid import UUID

import pytest
from tests.contracts.limit_stores import ADA, TODAY, DayUsesContract, LimitVersionsContract

from ollamanet.domain.inference.day_window import Tally
from ollamanet.infrastructure.inference.sql_day_uses import SqlDayUses
from ollamanet.infrastructure.inference.sql_limit_versions import SqlLimitVersions
from ollamanet.infrastructure.inference.statements import USES_OF_DAY
from ollamanet.infrastructure.kernel.database import Database
from ollamanet.infrastructure.kernel.group_commit import GroupCommit


class TestSqlLimitVersions(LimitVersionsContract):
    @pytest.fixture
    def versions(self, database: Database, writer: GroupCommit) -> SqlLimitVersions:
        return SqlLimitVersions(database, writer)


class TestSqlDayUses(DayUsesContract):
    @pytest.fixture
    def days(self, database: Database, writer: GroupCommit) -> SqlDayUses:
        return SqlDayUses(database, writer)

    @pytest.mark.anyio
    async def test_two_processes_add_to_each_others_counts(self, database: Database, writer: GroupCommit) -> None:
        one, other = SqlDayUses(database, writer), SqlDayUses(database, writer)
        for days in (one, other, one, other):
            await days.add((ADA, None, TODAY), Tally(1, 10))

        assert await one.load(TODAY) == {(ADA, None, TODAY): Tally(4, 40)}

    @pytest.mark.anyio
    async def test_a_restart_goes_on_with_what_is_there(self, database: Database, writer: GroupCommit) -> None:
        await SqlDayUses(database, writer).add((ADA, "k1", TODAY), Tally(1, 10))
        again = SqlDayUses(database, writer)
        await again.load(TODAY)
        await again.add((ADA, "k1", TODAY), Tally(1, 5))

        assert await again.load(TODAY) == {(ADA, "k1", TODAY): Tally(2, 15)}

    @pytest.mark.anyio
    async def test_a_day_is_written_as_its_date(self, database: Database, writer: GroupCommit) -> None:
        await SqlDayUses(database, writer).add((ADA, None, TODAY), Tally(1, 10))
        wanted = {"of_day": "2026-11-22"}
        rows = await database.read(lambda connection: connection.execute(USES_OF_DAY, wanted).all())

        assert [(row.user_id, row.api_key, row.tokens) for row in rows] == [(UUID(int=1), "", 10)]
