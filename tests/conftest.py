"""Fixtures of all tests."""

import pytest
from hypothesis import HealthCheck, settings

# On a busy machine an example may take long for no reason of its own.
settings.register_profile("ollamanet", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("ollamanet")

pytest.register_assert_rewrite("tests.contracts")


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"
