"""Slots of a loaded model: who waits, for how long, and what happens when a client leaves."""

import asyncio

import pytest
from tests.infrastructure.simulator.daemons import Daemon, daemon, eventually, lines, said, text_of

pytestmark = pytest.mark.anyio
ENDLESS = {"reply_tokens": 100_000, "tokens_per_second": 200}


def working(ollama: Daemon) -> int:
    return sum(runner.generating for runner in ollama.simulator.scheduler.runners)


def waiting(ollama: Daemon) -> int:
    return sum(runner.waiting for runner in ollama.simulator.scheduler.runners)


async def leave(request: "asyncio.Task[object]") -> None:
    request.cancel()
    await asyncio.wait([request])


async def test_nothing_is_sent_before_the_first_token() -> None:
    async with daemon(prompt_tokens_per_second=20, tokens_per_second=100, reply_tokens=3) as ollama:
        body = {"model": "native", "messages": said("one two three four")}
        started = asyncio.get_running_loop().time()
        async with ollama.http.stream("POST", "/api/chat", json=body) as answer:
            headers_after = asyncio.get_running_loop().time() - started
            last = [line async for line in answer.aiter_lines()][-1]

    # Twelve prompt tokens at twenty a second, then one of a hundred a second.
    assert '"prompt_eval_count":12' in last
    assert headers_after >= 0.6


async def test_requests_for_a_loaded_model_wait_without_limit_and_are_never_refused() -> None:
    async with daemon(max_queue=1, tokens_per_second=1000) as ollama:
        await ollama.chat()
        answers = await asyncio.gather(*(ollama.chat(text=f"number {number}") for number in range(8)))

    assert [answer.status_code for answer in answers] == [200] * 8
    assert all(lines(answer)[-1]["done"] for answer in answers)


async def test_waiting_requests_are_served_in_the_order_they_came() -> None:
    served: list[int] = []

    async def ask(ollama: Daemon, number: int) -> None:
        await ollama.chat(text=f"number {number}")
        served.append(number)

    async with daemon(tokens_per_second=500) as ollama:
        await ollama.chat()
        requests = []
        for number in range(5):
            requests.append(asyncio.create_task(ask(ollama, number)))
            await eventually(lambda: working(ollama) + waiting(ollama) + len(served) == len(requests))
        await asyncio.gather(*requests)

    assert served == [0, 1, 2, 3, 4]


async def test_each_slot_serves_one_request() -> None:
    async with daemon(slots=2, **ENDLESS) as ollama:
        requests = [asyncio.create_task(ollama.chat()) for _ in range(3)]
        await eventually(lambda: working(ollama) == 2 and waiting(ollama) == 1)
        stats = await ollama.stats()
        for request in requests:
            await leave(request)

    assert (stats["generating"], stats["waiting_for_slot"], stats["in_flight"]) == (2, 1, 3)


async def test_waiting_for_a_slot_counts_in_the_total_duration_only() -> None:
    async with daemon(tokens_per_second=100, reply_tokens=20) as ollama:
        await ollama.post("/api/generate", model="native")
        first = asyncio.create_task(ollama.chat())
        await eventually(lambda: working(ollama) == 1)
        second = lines(await ollama.chat(options={"num_predict": 1}))[-1]
        await first

    unexplained = second["total_duration"] - second["load_duration"] - second["eval_duration"]
    assert unexplained > 100_000_000
    assert second["load_duration"] < 100_000_000


async def test_a_client_that_leaves_frees_its_slot_at_once() -> None:
    async with daemon(**ENDLESS) as ollama:
        request = asyncio.create_task(ollama.chat())
        await eventually(lambda: ollama.simulator.counters.generated_tokens > 2)
        await leave(request)
        await eventually(lambda: working(ollama) == 0)
        told = ollama.simulator.counters.generated_tokens
        await asyncio.sleep(0.05)
        stats = await ollama.stats()

    assert stats["generated_tokens"] == told
    assert (stats["cancelled"], stats["in_flight"], stats["generating"]) == (1, 0, 0)


async def test_a_client_that_wants_no_stream_frees_its_slot_too() -> None:
    async with daemon(**ENDLESS) as ollama:
        request = asyncio.create_task(ollama.chat(stream=False))
        await eventually(lambda: ollama.simulator.counters.generated_tokens > 2)
        await leave(request)
        await eventually(lambda: working(ollama) == 0)

        assert ollama.simulator.counters.cancelled == 1


async def test_a_client_that_leaves_while_its_prompt_is_read_frees_its_slot() -> None:
    async with daemon(prompt_tokens_per_second=0.1) as ollama:
        request = asyncio.create_task(ollama.chat())
        await eventually(lambda: working(ollama) == 1)
        await leave(request)
        await eventually(lambda: working(ollama) == 0)

        assert ollama.simulator.counters.generated_tokens == 0


async def test_a_client_that_leaves_while_it_waits_does_not_get_the_slot() -> None:
    async with daemon(**ENDLESS) as ollama:
        first = asyncio.create_task(ollama.chat())
        await eventually(lambda: working(ollama) == 1)
        second = asyncio.create_task(ollama.chat(text="never served"))
        third = asyncio.create_task(ollama.chat(options={"num_predict": 2}))
        await eventually(lambda: waiting(ollama) == 2)
        await leave(second)
        await eventually(lambda: waiting(ollama) == 1)
        await leave(first)
        answer = await third

    assert lines(answer)[-1]["done_reason"] == "length"


async def test_no_slot_leaks_over_many_clients_that_leave() -> None:
    async with daemon(slots=3, tokens_per_second=2000, reply_tokens=400) as ollama:
        for round_ in range(15):
            requests = [asyncio.create_task(ollama.chat(text=str(number))) for number in range(8)]
            await asyncio.sleep(0.001 * (round_ % 7))
            for request in requests:
                await leave(request)
        await eventually(lambda: ollama.simulator.counters.in_flight == 0)
        answers = await asyncio.gather(*(ollama.chat(options={"num_predict": 1}) for _ in range(6)))
        stats = await ollama.stats()

    assert [answer.status_code for answer in answers] == [200] * 6
    assert (stats["generating"], stats["waiting_for_slot"], stats["in_flight"]) == (0, 0, 0)


async def test_a_second_turn_finds_its_conversation_in_the_prompt_cache() -> None:
    first_turn = said("Tell me about rivers")
    async with daemon() as ollama:
        reply = text_of(await ollama.post("/api/chat", model="native", messages=first_turn))
        prompt = (await ollama.stats())["prompt_tokens"]
        answer = [{"role": "assistant", "content": reply}]
        await ollama.post("/api/chat", model="native", messages=first_turn + answer + said("And lakes?"))
        stats = await ollama.stats()

    assert stats["cached_prompt_tokens"] == prompt
