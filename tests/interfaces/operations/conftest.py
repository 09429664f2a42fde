"""Minutes pass in no time."""

from typing import Any

import pytest
from tests.fakes.kernel.virtual_time import VirtualTimeLoop


@pytest.fixture
def anyio_backend() -> tuple[str, dict[str, Any]]:
    return "asyncio", {"loop_factory": VirtualTimeLoop}
