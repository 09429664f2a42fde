"""Names of hosts, by the system's resolver."""

import pytest

from ollamanet.domain.kernel.errors import InvalidRequest
from ollamanet.infrastructure.inference.resolved_hosts import ResolvedHosts


@pytest.mark.anyio
async def test_an_address_is_its_own() -> None:
    assert await ResolvedHosts().of("127.0.0.1") == ["127.0.0.1"]


@pytest.mark.anyio
async def test_this_machine_is_found() -> None:
    assert {"127.0.0.1", "::1"} & set(await ResolvedHosts().of("localhost"))


@pytest.mark.anyio
@pytest.mark.parametrize("host", ["gpu1.invalid", "a" * 64 + ".example"])
async def test_what_is_nowhere_is_refused(host: str) -> None:
    with pytest.raises(InvalidRequest, match=r"^url: "):
        await ResolvedHosts(timeout=20).of(host)
