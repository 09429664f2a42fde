"""Killed in the middle of a hundred streams: every question is there, nothing is corrupt."""

import asyncio
import contextlib
import sqlite3
from pathlib import Path

import httpx
import pytest

from tests.e2e.api import Caller, client, registered
from tests.e2e.conftest import served
from tests.e2e.processes import started

pytestmark = pytest.mark.anyio
STREAMS = 100


async def test_keeps_every_question_when_it_is_killed_amid_a_hundred_streams(tmp_path: Path) -> None:
    options = ("--tokens-per-second", "50", "--load-seconds", "0", "--slots", "200", "--reply-tokens", "1000")
    with started("simulate", "--port", "0", "--models", "llama3.2", *options) as simulator:
        with served(simulator.url, tmp_path, OLLAMANET_SLOTS_PER_MODEL="200") as running:
            async with client(running.url) as http:
                caller = await registered(http)
                accepted: dict[str, str] = {}
                talking = [asyncio.create_task(talk(caller, number, accepted)) for number in range(STREAMS)]
                while len(accepted) < STREAMS:
                    await asyncio.sleep(0.02)
                    assert not [task for task in talking if task.done() and task.exception()]
                running.kill()
                await asyncio.gather(*talking, return_exceptions=True)

        with contextlib.closing(sqlite3.connect(tmp_path / "ollamanet.db")) as database:
            assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            assert database.execute("PRAGMA foreign_key_check").fetchall() == []

        with served(simulator.url, tmp_path, OLLAMANET_SLOTS_PER_MODEL="200") as running:
            async with client(running.url) as http:
                again = Caller(http, caller.token, caller.user)
                for conversation_id, question in accepted.items():
                    read = (await again.get(f"/api/v1/conversations/{conversation_id}/messages")).json()["items"]
                    assert [item["text"] for item in read if item["role"] == "user"] == [question]
                events = await again.stream(
                    {"message": "Still there?", "model": "llama3.2", "options": {"num_predict": 5}}
                )
                assert events[-1].name == "done"


async def talk(caller: Caller, number: int, accepted: dict[str, str]) -> None:
    question = f"Question {number}"
    with contextlib.suppress(httpx.HTTPError):
        async with caller.streaming({"message": question, "model": "llama3.2"}) as (_, events):
            async for event in events:
                if event.name == "accepted":
                    accepted[event.data["conversation_id"]] = question
