"""A conversation that outgrows its prompt: cut at first, told by a summary later, which its owner alone can read."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.api import Caller, client, registered
from tests.e2e.conftest import served
from tests.e2e.processes import Running, started
from tests.e2e.queueing import simulated

pytestmark = pytest.mark.anyio

LONG = "Tell me about the tides of the sea and the moon that moves them. " * 4
BOUNDS = {"OLLAMANET_PROMPT_TOKENS": "1000", "OLLAMANET_SLOTS_PER_MODEL": "1", "OLLAMANET_USER_CONCURRENCY": "1"}


@pytest.fixture
def simulator() -> Iterator[Running]:
    pace = ("--tokens-per-second", "0", "--load-seconds", "0", "--slots", "4", "--reply-tokens", "30")
    with started("simulate", "--port", "0", "--models", "llama3.2", *pace) as running:
        yield running


async def chats(simulator: Running) -> int:
    """How often a model was asked."""
    return int((await simulated(simulator.url))["requests"]["POST /api/chat"])


async def asked(caller: Caller, conversation_id: str | None, message: str = LONG) -> dict[str, Any]:
    body: dict[str, Any] = {"message": message, "model": "llama3.2", "overflow": "summarize"}
    body |= {"options": {"num_predict": 30 if message == LONG else 3}}
    body |= {"conversation_id": conversation_id} if conversation_id else {}
    answer = await caller.post("/api/v1/chats", body)
    assert answer.status_code == 200, answer.text
    return {**answer.json(), "header": answer.headers["x-ollamanet-trimmed"]}


async def summary_of(caller: Caller, conversation_id: str) -> dict[str, Any]:
    end = time.monotonic() + 10
    while time.monotonic() < end:
        conversation = (await caller.get(f"/api/v1/conversations/{conversation_id}")).json()
        if conversation["summary"] is not None:
            return dict(conversation["summary"])
        await asyncio.sleep(0.05)
    raise AssertionError("no summary was made")


async def test_is_made_beside_the_chat_stored_and_used(simulator: Running, tmp_path: Path) -> None:
    with served(simulator.url, tmp_path, **BOUNDS) as running:
        async with client(running.url) as http:
            caller, stranger = await registered(http), await registered(http)
            answer = await asked(caller, None)
            conversation_id, questions = answer["conversation_id"], 1
            while answer["trimmed_turns"] == 0:
                assert (answer["header"], answer["summarized_turns"]) == ("0", 0)
                answer, questions = await asked(caller, conversation_id), questions + 1
            assert answer["summarized_turns"] == 0
            assert answer["header"] == str(answer["trimmed_turns"])

            summary = await summary_of(caller, conversation_id)
            assert await chats(simulator) == questions + 1
            assert summary["text"]
            assert summary["model"] == "llama3.2:latest"
            assert answer["trimmed_turns"] <= summary["covered_turns"] < 2 * questions

            again = await asked(caller, conversation_id)
            assert (again["trimmed_turns"], again["header"]) == (0, "0")
            assert again["summarized_turns"] == summary["covered_turns"]
            assert await summary_of(caller, conversation_id) == summary
            assert await chats(simulator) == questions + 2

            read = (await caller.get(f"/api/v1/conversations/{conversation_id}/messages", page_size=200)).json()
            assert read["total"] == 2 * (questions + 1)

            hidden = await stranger.get(f"/api/v1/conversations/{conversation_id}")
            assert hidden.status_code == 404
            assert summary["text"] not in hidden.text
        assert running.stop() == 0
    assert not [line for line in running.log if "background work" in line]


async def until(simulator: Running, **wanted: int) -> dict[str, Any]:
    end = time.monotonic() + 10
    while True:
        seen = await simulated(simulator.url)
        if all(seen[name] == value for name, value in wanted.items()) or time.monotonic() > end:
            return seen
        await asyncio.sleep(0.02)


async def test_gives_way_to_a_question_and_ends_with_the_service(tmp_path: Path) -> None:
    slow = ("--tokens-per-second", "10", "--load-seconds", "0", "--reply-tokens", "2000")
    with started("simulate", "--port", "0", "--models", "llama3.2", *slow) as simulator:
        with served(simulator.url, tmp_path, **BOUNDS) as running:
            async with client(running.url) as http:
                caller = await registered(http)
                answer = await asked(caller, None, LONG * 3)
                while answer["trimmed_turns"] == 0:
                    answer = await asked(caller, answer["conversation_id"], LONG * 3)
                assert (await until(simulator, in_flight=1))["cancelled"] == 0

                # The caller may have one request at a time, and the summary that runs is one of his.
                answer = await asked(caller, answer["conversation_id"], LONG * 3)
                assert answer["trimmed_turns"] > 0
                assert (await until(simulator, in_flight=1))["cancelled"] == 1
            assert running.stop() == 0
        seen = await until(simulator, in_flight=0)
        assert (seen["in_flight"], seen["cancelled"]) == (0, 2)
    assert not [line for line in running.log if "Traceback" in line]
