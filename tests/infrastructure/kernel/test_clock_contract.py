"""The machine's clocks and identifiers keep the contract that the fakes keep."""

import pytest
from tests.contracts.clocks import ClockContract, IdsContract

from ollamanet.infrastructure.kernel.system_clock import SystemClock, UuidV7Ids


class TestSystemClock(ClockContract):
    @pytest.fixture
    def clock(self) -> SystemClock:
        return SystemClock()


class TestUuidV7Ids(IdsContract):
    @pytest.fixture
    def ids(self) -> UuidV7Ids:
        return UuidV7Ids()
