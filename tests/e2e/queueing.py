"""Waiting for what the queue of a service, or a simulator, says of itself."""

import asyncio
from typing import Any

import httpx
import pytest

from tests.e2e.api import Caller

_LOOKS = 1000
_PAUSE = 0.02


async def until_queue(caller: Caller, **least: int) -> None:
    """Until at least so many requests are `running`, or `waiting`."""
    for _ in range(_LOOKS):
        seen = (await caller.get("/api/v1/system/queue")).json()
        if all(seen[name] >= count for name, count in least.items()):
            return
        await asyncio.sleep(_PAUSE)
    pytest.fail(f"{least} never came about: {seen}")


async def simulated(url: str) -> dict[str, Any]:
    """What a simulator counted."""
    async with httpx.AsyncClient(trust_env=False) as http:
        return dict((await http.get(f"{url}/simulator/stats")).json())


async def until_simulated(url: str, **least: int) -> None:
    """Until a simulator has counted at least so much."""
    for _ in range(_LOOKS):
        seen = await simulated(url)
        if all(seen[name] >= count for name, count in least.items()):
            return
        await asyncio.sleep(_PAUSE)
    pytest.fail(f"{least} never came about: {seen}")
