"""What one user took, as files for him."""

import json
from uuid import UUID

import pytest

from ollamanet.application.inference.queries.export_usage import ExportUsage
from ollamanet.domain.inference.day_window import Tally
from ollamanet.domain.kernel.ids import UserId
from ollamanet.infrastructure.inference.sql_day_uses import SqlDayUses
from ollamanet.infrastructure.inference.sql_whole_usage import SqlWholeUsage
from ollamanet.infrastructure.kernel.database import Database
from ollamanet.infrastructure.kernel.group_commit import GroupCommit
from ollamanet.interfaces.inference.own_usage import OwnUsage

ADA, BOB = UserId(UUID(int=1)), UserId(UUID(int=2))


@pytest.mark.anyio
async def test_every_day_is_told_once_and_nobody_elses(database: Database, writer: GroupCommit) -> None:
    days = SqlDayUses(database, writer)
    for day in range(20_000, 20_300):
        for key in (None, "key-1"):
            await days.add((ADA, key, day), Tally(1, day))
    await days.add((BOB, None, 20_000), Tally(7, 7))

    own = OwnUsage(ExportUsage(SqlWholeUsage(database)))
    pieces = [piece async for path, piece in own.files(ADA) if path == "days.json"]

    told = json.loads(b"".join(pieces))
    assert len(told) == 600
    assert told[:2] == [
        {"day": "2024-10-04", "api_key": None, "requests": 1, "tokens": 20_000},
        {"day": "2024-10-04", "api_key": "key-1", "requests": 1, "tokens": 20_000},
    ]
    assert [each["tokens"] for each in told[::2]] == list(range(20_000, 20_300))


@pytest.mark.anyio
async def test_who_took_nothing_has_an_empty_list(database: Database) -> None:
    own = OwnUsage(ExportUsage(SqlWholeUsage(database)))
    assert [piece async for piece in own.files(ADA)] == [("days.json", b"[]\n")]
