"""The fakes of the limits do what the real stores do."""

import pytest
from tests.contracts.limit_stores import DayUsesContract, LimitVersionsContract
from tests.fakes.inference.memory_day_uses import MemoryDayUses
from tests.fakes.inference.memory_limit_versions import MemoryLimitVersions


class TestMemoryLimitVersions(LimitVersionsContract):
    @pytest.fixture
    def versions(self) -> MemoryLimitVersions:
        return MemoryLimitVersions()


class TestMemoryDayUses(DayUsesContract):
    @pytest.fixture
    def days(self) -> MemoryDayUses:
        return MemoryDayUses()
