"""Many people, few slots: nobody waits for the flood of another, and what cannot be served is refused at once."""

import asyncio
import time
from collections import Counter
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from tests.e2e.api import Caller, Event, client, registered, text_of
from tests.e2e.conftest import served
from tests.e2e.processes import started
from tests.e2e.queueing import until_queue

pytestmark = pytest.mark.anyio

ROOM = {"OLLAMANET_USER_CONCURRENCY": "300", "OLLAMANET_USER_RPM": "100000", "OLLAMANET_USER_TPM": "100000000"}


def simulator(*options: str, models: str = "llama3.2", tokens: int = 8, rate: int = 200, slots: int = 1):
    return started(
        "simulate", "--port", "0", "--models", models, "--load-seconds", "0", "--tokens-per-second", str(rate),
        "--slots", str(slots), "--reply-tokens", str(tokens), *options,
    )  # fmt: skip


async def begun(caller: Caller, question: dict[str, Any], names: tuple[str, ...] = ("started",)) -> asyncio.Task[Any]:
    """A chat that goes on in a task of its own and has come as far as one of these events."""
    arrived = asyncio.Event()

    async def hear() -> list[Event]:
        heard = []
        async with caller.streaming(question) as (response, events):
            assert response.status_code == 200, await response.aread()
            async for event in events:
                heard.append(event)
                if event.name in names:
                    arrived.set()
        return heard

    task = asyncio.create_task(hear())
    waiting = asyncio.create_task(arrived.wait())
    await asyncio.wait((task, waiting), timeout=20, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    assert arrived.is_set(), task.result() if task.done() else "nothing came"
    return task


async def cancelled(*tasks: asyncio.Task[Any]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_a_single_request_waits_for_no_more_than_one_answer_of_a_flood(tmp_path: Path) -> None:
    with simulator(tokens=40, rate=100) as replica:
        # The last of the flood may wait long: he is not to be told that it is too long.
        patience = {"OLLAMANET_QUEUE_TIMEOUT_S": "600", "OLLAMANET_REQUEST_TIMEOUT_S": "600"}
        bounds = {"OLLAMANET_SLOTS_PER_MODEL": "1", "OLLAMANET_QUEUE_DEPTH": "256", **patience}
        with served(replica.url, tmp_path, **ROOM, **bounds) as running:
            async with client(running.url) as http:
                eve, bob = await registered(http), await registered(http)
                flood = [asyncio.create_task(eve.stream({"message": f"Flood {number}"})) for number in range(200)]
                await until_queue(eve, waiting=150)
                heard = await bob.stream({"message": "One question"})
                ended = [task.result() for task in flood if task.done()]
                await cancelled(*flood)

    timings = heard[-1].data["timings"]
    services = [each[-1].data["timings"]["total_ms"] - each[-1].data["timings"]["queue_ms"] for each in ended]
    assert len(ended) < 100
    assert timings["queue_ms"] <= 1.5 * max(services)


async def test_short_requests_pass_the_long_ones_on_the_slot_that_is_free(tmp_path: Path) -> None:
    with simulator(tokens=3000, rate=20, slots=2) as replica:
        bounds = {"OLLAMANET_SLOTS_PER_MODEL": "2", "OLLAMANET_QUEUE_DEPTH": "64"}
        with served(replica.url, tmp_path, **ROOM, **bounds) as running:
            async with client(running.url) as http:
                eve, bob = await registered(http), await registered(http)
                first, second = [await begun(eve, {"message": "A long story"}) for _ in range(2)]
                short = {"message": "Briefly", "options": {"num_predict": 4}}
                waiting = [asyncio.create_task(bob.stream(short)) for _ in range(5)]
                await until_queue(bob, waiting=5)
                await cancelled(first)
                answers = await asyncio.wait_for(asyncio.gather(*waiting), 20)

                assert all(answer[-1].name == "done" for answer in answers)
                assert not second.done()
                await cancelled(second)


async def test_ten_times_too_much_is_refused_at_once_and_what_is_taken_is_answered(tmp_path: Path) -> None:
    """Two slots take 20 requests a second; 200 come, for three seconds."""
    with simulator(tokens=10, rate=100, slots=2) as replica:
        bounds = {"OLLAMANET_SLOTS_PER_MODEL": "2", "OLLAMANET_QUEUE_DEPTH": "20", "OLLAMANET_QUEUE_TIMEOUT_S": "5"}
        with served(replica.url, tmp_path, **ROOM, **bounds) as running:
            async with client(running.url) as http:
                callers = [await registered(http) for _ in range(8)]
                ends: Counter[str] = Counter()
                answer_times: list[float] = []
                refusal_times: list[float] = []

                async def ask(caller: Caller) -> None:
                    began = time.monotonic()
                    async with caller.streaming({"message": "Hi"}) as (response, events):
                        if response.status_code == 200:
                            ends[[event async for event in events][-1].name] += 1
                            answer_times.append(time.monotonic() - began)
                            return
                        refusal_times.append(time.monotonic() - began)
                        problem = await response.aread()
                        assert response.status_code == 503, problem
                        assert int(response.headers["retry-after"]) >= 1
                        ends[response.json()["code"]] += 1

                tasks = []
                for number in range(600):
                    tasks.append(asyncio.create_task(ask(callers[number % len(callers)])))
                    await asyncio.sleep(0.005)
                await asyncio.gather(*tasks)
                after = (await callers[0].get("/api/v1/system/queue")).json()
                again = await callers[0].stream({"message": "Hi"})

    assert ends["done"] >= 40
    assert ends.keys() <= {"done", "queue_full", "deadline_unmeetable"}
    assert ends["queue_full"] + ends["deadline_unmeetable"] >= 300
    # However slow the machine is: who is refused does not wait for what others wait for.
    assert median(refusal_times) < median(answer_times)
    assert (after["waiting"], after["running"]) == (0, 0)
    assert after["rejections"]["queue_full"] == ends["queue_full"]
    assert text_of(again)


async def test_a_user_sees_his_own_place_and_why_his_request_went_where_it_went(tmp_path: Path) -> None:
    with (
        simulator(tokens=3000, rate=20) as replica,
        served(replica.url, tmp_path, **ROOM, OLLAMANET_SLOTS_PER_MODEL="1") as running,
    ):
        async with client(running.url) as http:
            eve, bob = await registered(http), await registered(http)
            first = await begun(eve, {"message": "A long story"})
            second = await begun(bob, {"message": "Hi"}, ("queued",))
            seen = (await bob.get("/api/v1/system/queue")).json()
            (mine,) = seen["requests"]
            (theirs,) = (await eve.get("/api/v1/system/queue")).json()["requests"]
            decision = await eve.get(f"/api/v1/system/decisions/{theirs['request_id']}")
            foreign = await bob.get(f"/api/v1/system/decisions/{theirs['request_id']}")
            await cancelled(first, second)

    assert (seen["waiting"], seen["running"], mine["state"], mine["position"]) == (1, 1, "waiting", 1)
    assert decision.json()["replica"] == theirs["replica"]
    assert foreign.status_code == 404
