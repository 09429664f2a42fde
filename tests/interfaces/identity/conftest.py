"""The identity module behind HTTP."""

from collections.abc import AsyncIterator

import httpx
import pytest
from tests.fakes.identity.fixed_time import CountedIds, FixedClock
from tests.fakes.identity.memory_users import MemoryUsers
from tests.fakes.kernel.fixed_limits import FixedLimits
from tests.interfaces.identity.identity_routes import Mailing, Service, app_of

from ollamanet.domain.identity.user import RegistrationPolicy
from ollamanet.interfaces.kernel.edge import Edge


@pytest.fixture
async def service(request: pytest.FixtureRequest) -> AsyncIterator[Service]:
    """The routes over fakes; a parameter is the registration policy."""
    users, clock, mailing = MemoryUsers(), FixedClock(), Mailing()
    app, callers = app_of(users, clock, getattr(request, "param", RegistrationPolicy.OPEN), mailing)
    edge = Edge(app, new_id=CountedIds().new, log=lambda *_: None, limits=FixedLimits("v=1"))
    transport = httpx.ASGITransport(edge)
    async with httpx.AsyncClient(transport=transport, base_url="http://test.invalid") as http:
        yield Service(http, clock, users, mailing, callers)
