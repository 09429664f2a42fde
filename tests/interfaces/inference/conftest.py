"""Minutes pass in no time."""

from typing import Any

import pytest
from tests.fakes.kernel.virtual_time import VIRTUAL_TIME


@pytest.fixture
def anyio_backend() -> Any:
    return VIRTUAL_TIME
