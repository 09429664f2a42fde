"""How long a model stays loaded, and what a loaded model has to do with the one on disk."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from tests.infrastructure.simulator.daemons import daemon, eventually, said, text_of

pytestmark = pytest.mark.anyio


async def test_keep_alive_stays_until_another_is_given() -> None:
    async with daemon() as ollama:
        await ollama.chat(keep_alive="2h")
        await ollama.chat()
        expiry = datetime.fromisoformat((await ollama.loaded())["native"]["expires_at"])

    assert expiry - datetime.now(UTC) > timedelta(minutes=119)


async def test_a_model_is_unloaded_when_its_keep_alive_has_passed() -> None:
    async with daemon() as ollama:
        await ollama.chat(keep_alive="30ms")
        assert list(await ollama.loaded()) == ["native"]
        await eventually(lambda: ollama.simulator.counters.unloads == 1)

        assert await ollama.loaded() == {}


async def test_a_negative_keep_alive_is_forever() -> None:
    async with daemon() as ollama:
        await ollama.chat(keep_alive=-1)

        assert (await ollama.loaded())["native"]["expires_at"] > "2300"


async def test_an_unload_waits_for_the_replies_under_way_but_answers_at_once() -> None:
    async with daemon(tokens_per_second=300, reply_tokens=30) as ollama:
        reply = asyncio.create_task(ollama.chat())
        await eventually(lambda: ollama.simulator.counters.generated_tokens > 0)
        answer = await ollama.post("/api/chat", model="native", keep_alive=0)
        assert not reply.done()
        assert ollama.simulator.counters.unloads == 0
        told = len((await reply).content.splitlines())
        await eventually(lambda: ollama.simulator.counters.unloads == 1)

    assert (answer.json()["done_reason"], told) == ("unload", 31)


async def test_an_idle_model_is_unloaded_when_asked() -> None:
    async with daemon() as ollama:
        await ollama.chat()
        await ollama.post("/api/generate", model="native", keep_alive="0s")
        await eventually(lambda: ollama.simulator.counters.unloads == 1)

        assert await ollama.loaded() == {}


async def test_a_reply_with_no_keep_alive_unloads_its_model_after_it() -> None:
    async with daemon() as ollama:
        answer = await ollama.chat(keep_alive=0)
        await eventually(lambda: ollama.simulator.counters.unloads == 1)

        assert text_of(answer)


async def test_a_request_that_comes_while_its_model_is_being_unloaded_loads_it_again() -> None:
    async with daemon(unload_seconds=0.05) as ollama:
        await ollama.chat()
        await ollama.post("/api/generate", model="native", keep_alive=0)
        assert await ollama.loaded() == {}
        answer = await ollama.chat()

        assert answer.status_code == 200
        assert (ollama.simulator.counters.loads, ollama.simulator.counters.unloads) == (2, 1)
        assert ollama.simulator.counters.reloads == 0


async def test_a_request_makes_an_expiring_model_stay() -> None:
    async with daemon() as ollama:
        for _ in range(4):
            await ollama.chat(keep_alive="60ms")
            await asyncio.sleep(0.03)

        assert ollama.simulator.counters.loads == 1


async def test_leaving_does_not_wait_for_a_model_to_be_unloaded() -> None:
    async with asyncio.timeout(5), daemon(unload_seconds=60) as ollama:
        await ollama.chat()
        await ollama.post("/api/generate", model="native", keep_alive=0)
        assert await ollama.loaded() == {}

    assert ollama.simulator.counters.unloads == 0


async def test_a_copy_shares_the_runner_of_its_original() -> None:
    async with daemon() as ollama:
        await ollama.post("/api/copy", source="native", destination="twin")
        await ollama.chat("native")
        await ollama.chat("twin")

        assert list(await ollama.loaded()) == ["native"]
        assert ollama.simulator.counters.loads == 1


async def test_a_deleted_model_stays_loaded_until_it_expires() -> None:
    async with daemon() as ollama:
        await ollama.chat()
        await ollama.http.request("DELETE", "/api/delete", json={"model": "native"})
        answer = await ollama.post("/api/chat", model="native", messages=said("Hi"))

        assert list(await ollama.loaded()) == ["native"]
        assert (answer.status_code, answer.json()) == (404, {"error": "model 'native' not found"})
