"""A client that goes away stops the model, and what was said is kept."""

import asyncio
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.api import PASSWORD, Caller, client, registered
from tests.e2e.conftest import served
from tests.e2e.processes import Running, command, environment, started
from tests.e2e.queueing import simulated

pytestmark = pytest.mark.anyio


async def until_idle(url: str, *, within: float) -> dict[str, Any]:
    end = time.monotonic() + within
    while True:
        seen = await simulated(url)
        if not seen["in_flight"] or time.monotonic() > end:
            return seen
        await asyncio.sleep(0.02)


@pytest.fixture
def slow_simulator():
    options = ("--tokens-per-second", "20", "--load-seconds", "0", "--slots", "4", "--reply-tokens", "2000")
    with started("simulate", "--port", "0", "--models", "llama3.2", *options) as running:
        yield running


async def test_a_vanished_client_frees_the_slot_and_stops_the_model_within_a_second(
    slow_simulator: Running, tmp_path: Path
) -> None:
    with served(slow_simulator.url, tmp_path, OLLAMANET_SLOTS_PER_MODEL="1") as running:
        async with client(running.url) as http:
            caller = await registered(http)
            async with caller.streaming({"message": "Talk at length", "model": "llama3.2"}) as (_, events):
                heard = 0
                async for event in events:
                    heard += event.name == "token"
                    if event.name == "accepted":
                        conversation_id = event.data["conversation_id"]
                    if heard == 5:
                        break
            seen = await until_idle(slow_simulator.url, within=1.0)
            assert seen["in_flight"] == 0
            assert seen["cancelled"] == 1

            path = f"/api/v1/conversations/{conversation_id}/messages"
            kept = (await caller.get(path)).json()["items"][1]
            assert kept["partial"] is True
            assert kept["done_reason"] == "cancelled"
            assert len(kept["text"].split()) >= 5

            # The only slot is free again: the next request starts at once.
            async with caller.streaming({"message": "Next", "model": "llama3.2"}) as (_, events):
                async for event in events:
                    if event.name == "token":
                        break


async def test_a_client_that_leaves_the_queue_frees_its_place(slow_simulator: Running, tmp_path: Path) -> None:
    bounds = {"OLLAMANET_SLOTS_PER_MODEL": "1", "OLLAMANET_QUEUE_DEPTH": "1"}
    question = {"message": "Talk", "model": "llama3.2"}
    with served(slow_simulator.url, tmp_path, **bounds) as running:
        async with client(running.url) as http:
            caller = await registered(http)
            async with caller.streaming(question) as (_, first):
                assert (await anext(first)).name == "accepted"
                async with caller.streaming(question) as (_, second):
                    names = [(await anext(second)).name, (await anext(second)).name]
                    assert names == ["accepted", "queued"]
                    refused = await caller.post("/api/v1/chats", question)
                    assert refused.status_code == 503
                    assert refused.json()["code"] == "queue_full"
                    assert int(refused.headers["retry-after"]) >= 1
                await asyncio.sleep(0.2)
                async with caller.streaming(question) as (_, third):
                    assert (await anext(third)).name == "accepted"
            assert (await until_idle(slow_simulator.url, within=1.0))["in_flight"] == 0


async def test_a_client_of_the_whole_answer_that_leaves_stops_the_model(
    slow_simulator: Running, tmp_path: Path
) -> None:
    with served(slow_simulator.url, tmp_path) as running:
        async with client(running.url) as http:
            caller: Caller = await registered(http)
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.7):
                    await caller.post("/api/v1/chats", {"message": "Talk", "model": "llama3.2"})
            assert (await until_idle(slow_simulator.url, within=1.0))["in_flight"] == 0


async def test_ctrl_c_at_the_terminal_stops_the_answer_and_keeps_what_was_said(
    slow_simulator: Running, tmp_path: Path
) -> None:
    with served(slow_simulator.url, tmp_path) as running:
        async with client(running.url) as http:
            caller = await registered(http)
            terminal = await asyncio.create_subprocess_exec(
                *command("chat", "Talk at length", "--url", running.url, "--login", caller.user["username"]),
                "--password-stdin",
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
                env=environment(PYTHONUNBUFFERED="1"),
            )  # fmt: skip
            assert terminal.stdin is not None
            assert terminal.stdout is not None
            terminal.stdin.write(f"{PASSWORD}\n".encode())
            heard = await asyncio.wait_for(terminal.stdout.read(20), 10)
            terminal.send_signal(signal.SIGINT)
            heard += await asyncio.wait_for(terminal.stdout.read(), 5)
            assert await terminal.wait() == 0
            seen = await until_idle(slow_simulator.url, within=1.0)
            assert (seen["in_flight"], seen["cancelled"]) == (0, 1)

            conversation = (await caller.get("/api/v1/conversations")).json()["items"][0]["id"]
            kept = (await caller.get(f"/api/v1/conversations/{conversation}/messages")).json()["items"][1]
            assert kept["done_reason"] == "cancelled"
            assert kept["text"].startswith(heard.decode().rstrip("\n"))


async def test_stopping_lets_a_short_answer_end_and_tells_whoever_waits_for_a_long_one(
    slow_simulator: Running, tmp_path: Path
) -> None:
    with served(slow_simulator.url, tmp_path, OLLAMANET_SHUTDOWN_GRACE_S="2") as running:
        async with client(running.url) as http:
            caller = await registered(http)
            short = {"message": "Briefly", "model": "llama3.2", "options": {"num_predict": 20}}
            async with caller.streaming(short) as (_, events):
                assert (await anext(events)).name == "accepted"
                at_length = {"message": "At length", "model": "llama3.2"}
                long = asyncio.create_task(caller.stream(at_length))
                whole = asyncio.create_task(caller.post("/api/v1/chats", at_length))
                await asyncio.sleep(0.3)
                stopped = asyncio.create_task(asyncio.to_thread(running.stop))
                names = [event.name async for event in events]
            assert names[-1] == "done"
            assert await stopped == 0
            cut = (await long)[-1]
            assert (cut.name, cut.data["code"], cut.data["partial"]) == ("error", "shutting_down", True)
            refused = await whole
            assert (refused.status_code, refused.json()["code"]) == (503, "shutting_down")
    assert not [line for line in running.log if "Traceback" in line]
    assert (await until_idle(slow_simulator.url, within=1.0))["in_flight"] == 0
