"""What every store of limit versions and of days does."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest

from ollamanet.application.inference.limit_ports import DayUses, LimitVersions
from ollamanet.domain.inference.day_window import Tally
from ollamanet.domain.inference.limit_rollout import LimitVersion, Mode
from ollamanet.domain.inference.limits import LimitSet, UserLimits
from ollamanet.domain.kernel.errors import Conflict
from ollamanet.domain.kernel.ids import UserId

ADA, BOB, ADMIN = (UserId(UUID(int=number)) for number in (1, 2, 9))
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
BASE = UserLimits(6, 60, 60_000)
TODAY = 20_779
FULL = LimitVersion(
    LimitSet(2, BASE, {"Admin": UserLimits(9, 600, 90_000, 10**9, 2.5)}, {ADA: BASE}, {"key-1": BASE}),
    Mode.CANARY,
    12.5,
    created_at=NOON,
    created_by=ADMIN,
    note="weniger für alle \N{SNOWMAN}",
)


class LimitVersionsContract:
    """A subclass has the fixture `versions`, an empty store."""

    @pytest.mark.anyio
    async def test_gives_back_what_was_stored(self, versions: LimitVersions) -> None:
        assert list(await versions.load()) == []
        third = replace(FULL, limits=FULL.limits.numbered(3), changed_at=NOON, changed_by=ADA, activated_at=NOON)
        await versions.save([FULL], [])
        await versions.save([third], [])

        assert list(await versions.load()) == [FULL, third]

    @pytest.mark.anyio
    async def test_changes_what_a_version_does_and_makes_another_at_once(self, versions: LimitVersions) -> None:
        await versions.save([FULL], [])
        changed = replace(FULL.marked(Mode.SUPERSEDED, NOON, ADA), percent=0.0, activated_at=NOON)
        added = replace(FULL, limits=FULL.limits.numbered(3))
        await versions.save([added], [changed])

        assert list(await versions.load()) == [changed, added]

    @pytest.mark.anyio
    async def test_a_number_that_is_taken_is_a_conflict_and_changes_nothing(self, versions: LimitVersions) -> None:
        await versions.save([FULL], [])
        with pytest.raises(Conflict):
            await versions.save([replace(FULL, note="another")], [FULL.marked(Mode.ACTIVE, NOON, ADA)])

        assert list(await versions.load()) == [FULL]


class DayUsesContract:
    """A subclass has the fixture `days`, an empty store."""

    @pytest.mark.anyio
    async def test_adds_up_by_user_key_and_day(self, days: DayUses) -> None:
        for whose in ((ADA, None, TODAY), (ADA, "k1", TODAY), (BOB, None, TODAY), (ADA, None, TODAY - 1)):
            await days.add(whose, Tally(1, 10))
        await days.add((ADA, None, TODAY), Tally(2, 2**40))

        assert await days.load(TODAY) == {
            (ADA, None, TODAY): Tally(3, 2**40 + 10),
            (ADA, "k1", TODAY): Tally(1, 10),
            (BOB, None, TODAY): Tally(1, 10),
        }
        assert await days.load(TODAY - 1) == {(ADA, None, TODAY - 1): Tally(1, 10)}
        assert await days.load(TODAY + 1) == {}
