"""A simulator beside the service, for a machine without Ollama."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import httpx

_PATIENCE = 1.0


@asynccontextmanager
async def simulator_if_alone(replicas: Sequence[str]) -> AsyncIterator[str | None]:
    """The base URL of a simulator that runs meanwhile, or None when one of the replicas answers."""
    if await _any_answers(replicas):
        yield None
        return
    # Imported only where it is started: a real installation never needs it.
    from ollamanet.infrastructure.simulator.options import SimulatorOptions  # noqa: PLC0415 - see above
    from ollamanet.infrastructure.simulator.server import running_simulator  # noqa: PLC0415 - see above

    async with running_simulator(SimulatorOptions(port=0)) as simulator:
        yield simulator.base_url


async def _any_answers(replicas: Sequence[str]) -> bool:
    async with httpx.AsyncClient(timeout=_PATIENCE, trust_env=False) as client:
        for url in replicas:
            try:
                response = await client.get(f"{url}/api/version")
            except httpx.HTTPError:
                continue
            if response.is_success:
                return True
    return False
