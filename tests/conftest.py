"""Fixtures of all tests."""

import inspect

import pytest
from hypothesis import HealthCheck, settings

from tests.fakes.kernel.virtual_time import VIRTUAL_TIME, in_virtual_time

# On a busy machine an example may take long for no reason of its own.
settings.register_profile("ollamanet", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("ollamanet")

pytest.register_assert_rewrite("tests.contracts")


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Give a test in virtual time a loop of its own; anyio would run it on whatever loop a session's fixture opened."""
    arguments = pyfuncitem.funcargs
    if arguments.get("anyio_backend") != VIRTUAL_TIME or not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    names = inspect.signature(pyfuncitem.obj).parameters
    in_virtual_time(pyfuncitem.obj(**{name: arguments[name] for name in names}))
    return True
