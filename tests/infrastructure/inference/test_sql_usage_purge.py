"""What somebody used stays, and nobody can tell that it was he."""

from uuid import UUID

import pytest
from tests.fakes.identity.fixed_time import CountedIds

from ollamanet.domain.inference.day_window import Tally
from ollamanet.domain.kernel.ids import UserId
from ollamanet.infrastructure.inference.sql_day_uses import SqlDayUses
from ollamanet.infrastructure.inference.sql_usage_purge import SqlUsagePurge
from ollamanet.infrastructure.kernel.database import Database
from ollamanet.infrastructure.kernel.group_commit import GroupCommit

pytestmark = pytest.mark.anyio

ADA, BOB = (UserId(UUID(int=number)) for number in (100, 200))
NOBODY = UserId(UUID("00000000-0000-7000-8000-000000000001"))


async def test_days_of_the_purged_are_given_to_nobody_keys_and_sign_ins_in_one(
    database: Database, writer: GroupCommit
) -> None:
    days = SqlDayUses(database, writer)
    await days.add((ADA, None, 20_000), Tally(1, 10))
    await days.add((ADA, "key", 20_000), Tally(2, 30))
    await days.add((ADA, None, 20_001), Tally(4, 50))
    await days.add((BOB, "other", 20_000), Tally(8, 70))

    purge = SqlUsagePurge(database, CountedIds())
    await purge.purge(ADA)
    await purge.purge(ADA)

    assert await days.load(20_000) == {(NOBODY, None, 20_000): Tally(3, 40), (BOB, "other", 20_000): Tally(8, 70)}
    assert await days.load(20_001) == {(NOBODY, None, 20_001): Tally(4, 50)}
