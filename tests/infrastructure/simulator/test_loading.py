"""Loads, reloads and unloads: one at a time, behind a bounded queue, aborted when their client leaves."""

import asyncio
from typing import Any

import httpx
import pytest
from tests.infrastructure.simulator.daemons import Daemon, daemon, eventually

from ollamanet.infrastructure.simulator.options import ModelSpec

pytestmark = pytest.mark.anyio
BUSY = {"error": "server busy, please try again.  maximum pending requests exceeded"}
CROWD = tuple(ModelSpec(name=f"m{number}") for number in range(8))


def load(ollama: Daemon, model: str = "native", **more: object) -> "asyncio.Task[httpx.Response]":
    return asyncio.create_task(ollama.post("/api/generate", model=model, **more))


async def leave(request: "asyncio.Task[httpx.Response]") -> None:
    request.cancel()
    await asyncio.wait([request])


async def test_beyond_the_queue_limit_cold_requests_are_refused_at_once() -> None:
    async with daemon(load_seconds=0.03, max_queue=3, models=CROWD, max_loaded_models=8) as ollama:
        requests = [load(ollama, model.name) for model in CROWD]
        answers = await asyncio.gather(*requests)
        stats = await ollama.stats()

    refused = [answer for answer in answers if answer.status_code == 503]
    assert len(refused) == 4
    assert all(answer.json() == BUSY for answer in refused)
    assert (stats["loads"], stats["refused_busy"]) == (4, 4)


async def test_requests_for_the_same_cold_model_share_one_load() -> None:
    async with daemon(load_seconds=0.03) as ollama:
        answers = await asyncio.gather(*(ollama.chat() for _ in range(4)))

        assert [answer.status_code for answer in answers] == [200] * 4
        assert ollama.simulator.counters.loads == 1


async def test_loads_are_made_one_after_another_in_order() -> None:
    async with daemon(load_seconds=0.02, models=CROWD, max_loaded_models=8) as ollama:
        seen = []
        requests = [load(ollama, "m0")]
        await eventually(lambda: ollama.simulator.scheduler.loading == "m0:latest")
        requests += [load(ollama, "m1"), load(ollama, "m2")]
        while not all(request.done() for request in requests):
            if (loading := ollama.simulator.scheduler.loading) and loading not in seen:
                seen.append(loading)
            await asyncio.sleep(0.001)

    assert seen == ["m0:latest", "m1:latest", "m2:latest"]


async def test_a_loaded_model_keeps_serving_while_another_loads() -> None:
    async with daemon(load_seconds=60, models=(ModelSpec(name="warm", load_seconds=0), "cold")) as ollama:
        await ollama.post("/api/generate", model="warm")
        cold = load(ollama, "cold")
        await eventually(lambda: ollama.simulator.scheduler.loading == "cold:latest")
        answer = await ollama.chat("warm")
        await leave(cold)

    assert answer.status_code == 200


async def test_a_model_that_is_still_loading_is_not_listed() -> None:
    async with daemon(load_seconds=0.1) as ollama:
        request = load(ollama)
        await eventually(lambda: ollama.simulator.scheduler.loading == "native:latest")
        before = await ollama.loaded()
        await request
        after = await ollama.loaded()

    assert (list(before), list(after)) == ([], ["native"])


async def test_a_cancelled_cold_request_keeps_its_place_until_it_is_reached() -> None:
    async with daemon(load_seconds=0.2, max_queue=2, models=CROWD) as ollama:
        first = load(ollama, "m0")
        await eventually(lambda: ollama.simulator.scheduler.loading == "m0:latest")
        abandoned = [load(ollama, "m1"), load(ollama, "m2")]
        await eventually(lambda: ollama.simulator.scheduler.queued == 2)
        for request in abandoned:
            await leave(request)
        await eventually(lambda: ollama.simulator.counters.cancelled == 2)
        refused = await ollama.post("/api/generate", model="m3")
        await first
        await eventually(lambda: ollama.simulator.scheduler.queued == 0)
        served = await ollama.post("/api/generate", model="m3")

    assert (refused.status_code, refused.json()) == (503, BUSY)
    assert served.status_code == 200
    assert ollama.simulator.counters.loads == 2


async def test_a_load_is_aborted_when_the_client_that_wanted_it_leaves() -> None:
    async with daemon(load_seconds=60) as ollama:
        request = load(ollama)
        await eventually(lambda: ollama.simulator.scheduler.loading == "native:latest")
        await leave(request)
        await eventually(lambda: ollama.simulator.scheduler.loading == "")
        stats = await ollama.stats()

    assert (stats["aborted_loads"], stats["loads"], stats["cancelled"]) == (1, 0, 1)


async def test_the_next_in_the_queue_starts_an_aborted_load_over() -> None:
    async with daemon(load_seconds=0.1) as ollama:
        first = load(ollama)
        await eventually(lambda: ollama.simulator.scheduler.loading == "native:latest")
        second = load(ollama)
        await eventually(lambda: ollama.simulator.scheduler.queued == 1)
        await leave(first)
        answer = await second

        assert answer.json()["done_reason"] == "load"
        assert (ollama.simulator.counters.aborted_loads, ollama.simulator.counters.loads) == (1, 1)


@pytest.mark.parametrize("change", [{"options": {"num_ctx": 2048}}, {"shift": False}, {"options": {"num_gpu": 0}}])
async def test_a_load_time_option_reloads_the_model(change: dict[str, Any]) -> None:
    async with daemon() as ollama:
        await ollama.chat()
        await ollama.chat(**change)
        await ollama.chat(**change)

        assert (ollama.simulator.counters.loads, ollama.simulator.counters.reloads) == (2, 1)


async def test_a_run_time_option_does_not_reload_the_model() -> None:
    async with daemon() as ollama:
        await ollama.chat()
        await ollama.chat(options={"temperature": 0.1, "num_predict": 2, "seed": None, "unknown": []})

        assert (ollama.simulator.counters.loads, ollama.simulator.counters.reloads) == (1, 0)


async def test_a_reload_waits_until_the_replies_under_way_have_ended() -> None:
    async with daemon(tokens_per_second=300, reply_tokens=30) as ollama:
        first = asyncio.create_task(ollama.chat())
        await eventually(lambda: ollama.simulator.counters.generated_tokens > 0)
        second = await ollama.chat(options={"num_ctx": 2048, "num_predict": 1})
        ended_before = first.done()
        told = len((await first).content.splitlines())

    assert (told, second.status_code, ended_before) == (31, 200, True)


@pytest.mark.parametrize(("asked", "given"), [(99_999, 8192), (1, 4), (2048, 2048), (None, 4096)])
async def test_the_window_is_kept_between_four_and_the_trained_context(asked: int | None, given: int) -> None:
    async with daemon(models=(ModelSpec(name="native", trained_context=8192),)) as ollama:
        await ollama.chat(options={"num_ctx": asked})

        assert (await ollama.loaded())["native"]["context_length"] == given


async def test_the_model_with_the_shortest_keep_alive_gives_way() -> None:
    async with daemon(models=CROWD, max_loaded_models=2) as ollama:
        await ollama.post("/api/generate", model="m0", keep_alive="1h")
        await ollama.post("/api/generate", model="m1", keep_alive="1m")
        await ollama.post("/api/generate", model="m2")

        assert sorted(await ollama.loaded()) == ["m0", "m2"]
        assert ollama.simulator.counters.evictions == 1


async def test_an_idle_model_gives_way_before_a_busy_one() -> None:
    async with daemon(models=CROWD, max_loaded_models=2, tokens_per_second=100, reply_tokens=100_000) as ollama:
        await ollama.post("/api/generate", model="m0", keep_alive="1h")
        busy = asyncio.create_task(ollama.chat("m1", keep_alive="1m"))
        await eventually(lambda: ollama.simulator.counters.generated_tokens > 0)
        await ollama.post("/api/generate", model="m2")

        assert sorted(await ollama.loaded()) == ["m1", "m2"]
        busy.cancel()


async def test_models_give_way_until_the_new_one_fits_the_memory() -> None:
    models = (ModelSpec(name="a", size=40), ModelSpec(name="b", size=40), ModelSpec(name="c", size=90))
    async with daemon(models=models, gpu_memory=100) as ollama:
        for model in ("a", "b", "c"):
            await ollama.post("/api/generate", model=model)

        assert list(await ollama.loaded()) == ["c"]
        assert ollama.simulator.counters.evictions == 2
