"""A chat that is come back to, joined or stopped, over real connections."""

import asyncio
import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.api import Caller, Event, client, events_of, registered, text_of
from tests.e2e.conftest import served
from tests.e2e.processes import Running, started
from tests.e2e.queueing import simulated, until_queue
from tests.e2e.test_cancellation import until_idle

pytestmark = pytest.mark.anyio

GRACE = 1.5
AT_LENGTH = {"message": "Talk at length", "model": "llama3.2"}


@pytest.fixture(scope="module")
def slow_simulator() -> Iterator[Running]:
    options = ("--tokens-per-second", "40", "--load-seconds", "1", "--slots", "8", "--reply-tokens", "2000")
    with started("simulate", "--port", "0", "--models", "llama3.2,gemma3", *options) as running:
        yield running


@pytest.fixture(scope="module")
def service(slow_simulator: Running, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    data = tmp_path_factory.mktemp("rejoining")
    variables = {"OLLAMANET_RESUME_GRACE_S": str(GRACE), "OLLAMANET_SLOTS_PER_MODEL": "2"}
    with served(slow_simulator.url, data, **variables) as running:
        yield running


def named() -> str:
    return f"e2e-{uuid.uuid4().hex}"


def asking(caller: Caller, name: str, path: str = "/api/v1/chats/stream", key: str = "", **body: Any) -> Any:
    headers = {**caller.headers, "X-Request-ID": name} | ({"Idempotency-Key": key} if key else {})
    return caller.http.stream("POST", path, json={**AT_LENGTH, **body}, headers=headers)


def rejoining(caller: Caller, name: str, after: int | None) -> Any:
    headers = caller.headers | ({} if after is None else {"Last-Event-ID": str(after)})
    return caller.http.stream("GET", f"/api/v1/chats/{name}/stream", headers=headers)


async def some(response: httpx.Response, count: int) -> list[Event]:
    heard = []
    async for event in events_of(response):
        heard.append(event)
        if len(heard) == count:
            break
    return heard


async def stop(caller: Caller, name: str) -> httpx.Response:
    return await caller.http.delete(f"/api/v1/chats/{name}", headers=caller.headers)


async def answer_in(caller: Caller, conversation_id: str) -> dict[str, Any]:
    items = (await caller.get(f"/api/v1/conversations/{conversation_id}/messages")).json()["items"]
    return dict(items[-1])


async def test_the_connection_is_cut_again_and_again_and_nothing_of_the_answer_is_lost(caller: Caller) -> None:
    name, heard = named(), []
    async with asking(caller, name, resumable=True, options={"num_predict": 60}) as response:
        heard += await some(response, 5)
    while heard[-1].name != "done":
        await asyncio.sleep(0.1)
        async with rejoining(caller, name, heard[-1].id) as response:
            assert response.status_code == 200
            assert response.headers["x-ollamanet-replica"]
            heard += await some(response, 15)

    assert [event.id for event in heard] == list(range(1, len(heard) + 1))
    kept = await answer_in(caller, heard[0].data["conversation_id"])
    assert (kept["text"], kept["partial"]) == (text_of(heard), False)
    assert kept["id"] == heard[-1].data["assistant_message_id"]
    async with rejoining(caller, name, None) as response:
        assert [event async for event in events_of(response)] == heard
    async with rejoining(caller, name, heard[-1].id) as response:
        assert response.status_code == 204


async def test_nobody_comes_back_so_the_model_is_stopped(caller: Caller, slow_simulator: Running) -> None:
    name = named()
    async with asking(caller, name, resumable=True) as response:
        heard = await some(response, 5)
    await asyncio.sleep(GRACE / 3)
    assert (await simulated(slow_simulator.url))["in_flight"] == 1
    assert (await until_idle(slow_simulator.url, within=GRACE + 1.0))["in_flight"] == 0

    kept = await answer_in(caller, heard[0].data["conversation_id"])
    assert (kept["done_reason"], kept["partial"]) == ("cancelled", True)
    await asyncio.sleep(GRACE + 0.5)
    async with rejoining(caller, name, heard[-1].id) as response:
        assert response.status_code == 404


async def test_a_stop_while_streaming_ends_the_stream_and_keeps_the_text(
    caller: Caller, slow_simulator: Running
) -> None:
    name = named()
    async with asking(caller, name) as response:
        heard = []
        async for event in events_of(response):
            heard.append(event)
            if len(heard) == 8:
                stopped = await stop(caller, name)
                idle = await until_idle(slow_simulator.url, within=1.0)

    assert (stopped.status_code, stopped.content, idle["in_flight"]) == (204, b"", 0)
    assert (heard[-1].name, heard[-1].data["done_reason"]) == ("done", "cancelled")
    kept = await answer_in(caller, heard[0].data["conversation_id"])
    assert kept["text"].startswith(text_of(heard))
    assert (kept["id"], kept["partial"]) == (heard[-1].data["assistant_message_id"], True)
    assert (await stop(caller, name)).status_code == 204


async def test_a_stop_while_the_model_is_loaded(caller: Caller, slow_simulator: Running) -> None:
    name = named()
    asked = asyncio.ensure_future(
        caller.http.post(
            "/api/v1/chats", json={**AT_LENGTH, "model": "gemma3"}, headers={**caller.headers, "X-Request-ID": name}
        )
    )
    await until_queue(caller, running=1)
    assert (await stop(caller, name)).status_code == 204
    answer = (await asked).json()

    assert (answer["text"], answer["done_reason"], answer["partial"]) == ("", "cancelled", True)
    assert (await until_idle(slow_simulator.url, within=1.0))["in_flight"] == 0


async def test_a_stop_in_the_queue_frees_the_place(caller: Caller, slow_simulator: Running) -> None:
    running, waiting = [named(), named()], named()
    streams = [asyncio.ensure_future(_whole(caller, name)) for name in running]
    await until_queue(caller, running=2)
    async with asking(caller, waiting) as response:
        events = events_of(response)
        assert [(await anext(events)).name for _ in range(2)] == ["accepted", "queued"]
        assert (await stop(caller, waiting)).status_code == 204
        assert [(event.name, event.data["done_reason"]) async for event in events] == [("done", "cancelled")]
    for name in running:
        assert (await stop(caller, name)).status_code == 204
    for events in await asyncio.gather(*streams):
        assert events[-1].data["done_reason"] == "cancelled"
    assert (await until_idle(slow_simulator.url, within=1.0))["in_flight"] == 0


async def _whole(caller: Caller, name: str) -> list[Event]:
    async with asking(caller, name) as response:
        return [event async for event in events_of(response)]


async def test_nobody_else_can_hear_or_stop_it(http: httpx.AsyncClient, caller: Caller) -> None:
    stranger, name = await registered(http), named()
    async with asking(caller, name, resumable=True) as response:
        heard = await some(response, 3)
        assert (await stop(stranger, name)).json()["code"] == "not_found"
        async with rejoining(stranger, name, None) as refused:
            assert json.loads(await refused.aread())["code"] == "not_found"
        async with asking(caller, name) as again:
            assert (again.status_code, json.loads(await again.aread())["code"]) == (409, "conflict")
        async with asking(stranger, name) as own:
            assert own.status_code == 200
        for value in ("-1", "999999", "x", "9" * 40):
            async with rejoining(caller, name, value) as refused:  # type: ignore[arg-type]
                assert (refused.status_code, json.loads(await refused.aread())["code"]) == (400, "invalid_request")
    assert heard[0].data["request_id"] == name
    assert (await stop(caller, name)).status_code == 204


async def test_a_request_that_is_sent_twice_is_answered_once(caller: Caller, slow_simulator: Running) -> None:
    key, body = named(), {"options": {"num_predict": 20}}
    before = (await simulated(slow_simulator.url))["requests"]["POST /api/chat"]

    async def whole() -> bytes:
        async with asking(caller, named(), "/api/v1/chats", key, **body) as response:
            return await response.aread()

    first, second = await asyncio.gather(whole(), whole())
    assert first == second == await whole()
    assert json.loads(first)["usage"]["completion_tokens"] == 20
    async with asking(caller, named(), key=key, message="Another") as response:
        assert (response.status_code, json.loads(await response.aread())["code"]) == (409, "conflict")
    assert (await simulated(slow_simulator.url))["requests"]["POST /api/chat"] - before == 1


async def test_the_end_of_the_service_is_told_to_whoever_listens(slow_simulator: Running, tmp_path: Path) -> None:
    with served(slow_simulator.url, tmp_path, OLLAMANET_SHUTDOWN_GRACE_S="1") as running:
        async with client(running.url) as http:
            caller = await registered(http)
            left = named()
            async with asking(caller, left, resumable=True) as response:
                conversation_id = (await some(response, 5))[0].data["conversation_id"]
            async with asking(caller, named(), resumable=True) as response:
                events = events_of(response)
                await anext(events)
                stopped = asyncio.create_task(asyncio.to_thread(running.stop))
                last = [event async for event in events][-1]
            assert await stopped == 0
            assert (last.name, last.data["code"], last.data["partial"]) == ("error", "shutting_down", True)
    assert not [line for line in running.log if "Traceback" in line]
    assert (await until_idle(slow_simulator.url, within=1.0))["in_flight"] == 0
    with served(slow_simulator.url, tmp_path) as running:
        async with client(running.url) as http:
            kept = await answer_in(Caller(http, caller.token, caller.user), conversation_id)
            assert (kept["done_reason"], kept["partial"]) == ("cancelled", True)
