"""A database that another process holds does not hold the end of the service for long."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.e2e.api import client, registered
from tests.e2e.conftest import served
from tests.e2e.processes import started
from tests.e2e.queueing import until_queue, until_simulated

pytestmark = pytest.mark.anyio

BOUND = 1 + 3 + 5
"""Seconds: the grace period, the last writes, one busy timeout."""

SLACK = 10
"""Far more than it needs on a busy machine, far less than one attempt after the other would take."""


async def test_it_stops_in_time_and_says_what_is_not_stored(tmp_path: Path) -> None:
    pace = ("--tokens-per-second", "20", "--load-seconds", "0", "--slots", "9", "--reply-tokens", "2000")
    with (
        started("simulate", "--port", "0", "--models", "llama3.2", *pace) as simulator,
        served(simulator.url, tmp_path, OLLAMANET_SHUTDOWN_GRACE_S="1") as running,
        closing(sqlite3.connect(tmp_path / "ollamanet.db", isolation_level=None)) as other,
    ):
        async with client(running.url) as http:
            caller = await registered(http)
            bodies = [{"message": "Hi", "resumable": number % 2 == 0} for number in range(6)]
            chats = [asyncio.create_task(caller.stream(body)) for body in bodies]
            await until_queue(caller, running=6)
            await until_simulated(simulator.url, generated_tokens=12)
            other.execute("BEGIN IMMEDIATE")
            assert await asyncio.to_thread(running.stop, timeout=BOUND + SLACK) == 0
            assert {heard[-1].name for heard in await asyncio.gather(*chats)} == {"error"}

    [lost] = [line for line in running.log if "not stored, as the database failed until the end" in line]
    assert "6 of messages" in lost
    assert "counts above are lost" in "".join(running.log)
