"""The identity module behind HTTP."""

from collections.abc import AsyncIterator

import pytest
from tests.interfaces.identity.identity_routes import Mailing, Service, serving

from ollamanet.domain.identity.user import RegistrationPolicy


@pytest.fixture
async def service(request: pytest.FixtureRequest) -> AsyncIterator[Service]:
    """The routes over fakes; a parameter is the registration policy."""
    async with serving(getattr(request, "param", RegistrationPolicy.OPEN), Mailing()) as service:
        yield service
