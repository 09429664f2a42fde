"""A replica that dies takes no answer with it that had not begun, and is used again soon after its return."""

import asyncio
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.api import Caller, client, registered, text_of
from tests.e2e.conftest import served
from tests.e2e.processes import Running, started
from tests.e2e.queueing import until_queue, until_simulated

pytestmark = pytest.mark.anyio

REQUESTS = 40


def simulator(port: str = "0"):
    return started(
        "simulate", "--port", port, "--models", "llama3.2", "--load-seconds", "0", "--tokens-per-second", "50",
        "--slots", "4", "--reply-tokens", "25",
    )  # fmt: skip


def name_of(replica: Running) -> str:
    return replica.url.removeprefix("http://")


async def chat(caller: Caller, number: int) -> dict[str, Any]:
    """What a chat came to: its conversation, its replicas, whether a token came, and how it ended."""
    heard = await caller.stream({"message": f"Question {number}"})
    return {
        "conversation": heard[0].data["conversation_id"],
        "replicas": [event.data["replica"] for event in heard if event.name == "started"],
        "text": text_of(heard),
        "end": heard[-1].name,
        "data": heard[-1].data,
    }


async def test_requests_without_a_token_finish_on_the_other_replica(tmp_path: Path) -> None:
    with simulator() as dying, simulator() as staying:
        bounds = {"OLLAMANET_SLOTS_PER_MODEL": "4", "OLLAMANET_USER_RPM": "1000", "OLLAMANET_USER_TPM": "1000000"}
        with served(f"{dying.url};{staying.url}", tmp_path, **bounds) as running:
            async with client(running.url) as http:
                caller = await registered(http)
                tasks = [asyncio.create_task(chat(caller, number)) for number in range(REQUESTS)]
                await until_queue(caller, running=8)
                await until_simulated(dying.url, generated_tokens=20)
                dying.kill()
                chats = await asyncio.gather(*tasks)
                await check(caller, chats, name_of(dying))
                await check_return(caller, dying.url, name_of(dying))


async def check(caller: Caller, chats: list[dict[str, Any]], dead: str) -> None:
    ends = Counter(each["end"] for each in chats)
    assert ends["done"] + ends["error"] == REQUESTS
    assert 1 <= ends["error"] <= 4
    for each in chats:
        if each["end"] == "error":
            # It had begun to speak: what was said is all there is, and nobody says it again.
            assert each["text"]
            assert each["data"]["partial"] is True
            assert each["replicas"] == [dead]
        items = (await caller.get(f"/api/v1/conversations/{each['conversation']}/messages")).json()["items"]
        assert [item["role"] for item in items] == ["user", "assistant"]
        assert items[1]["text"] == each["text"]


async def check_return(caller: Caller, url: str, name: str) -> None:
    with simulator(url.rpartition(":")[2]):
        end = time.monotonic() + 10
        while time.monotonic() < end:
            chats = await asyncio.gather(*(chat(caller, number) for number in range(8)))
            assert all(each["end"] == "done" for each in chats)
            if any(name in each["replicas"] for each in chats):
                return
        pytest.fail("the replica was not used again within 10 s of its return")


async def test_with_no_replica_left_the_answer_says_so_and_when_to_come_back(tmp_path: Path) -> None:
    with simulator() as first, simulator() as second, served(f"{first.url};{second.url}", tmp_path) as running:
        async with client(running.url) as http:
            caller = await registered(http)
            assert (await chat(caller, 0))["end"] == "done"
            first.kill()
            second.kill()
            for _ in range(3):
                refused = await caller.post("/api/v1/chats", {"message": "Hi"})
                assert (refused.status_code, refused.json()["code"]) == (503, "no_healthy_replica")
                assert int(refused.headers["retry-after"]) >= 1
