"""Work ends when its client leaves, and only then is that no error."""

import asyncio
from typing import Any

import pytest
from tests.interfaces.kernel.streaming import Stream

from ollamanet.interfaces.kernel.watched import while_connected

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("script", "opening", "leaves"),
    [
        (("A",), 60.0, 1.0),
        (("~a", 60.0), 0.0, 1.0),
        (("~a", 60.0), 0.0, 5.0),
        (("A", 60.0, "B"), 0.0, 1.0),
        (("A", 60.0, "B"), 0.0, 15.0),
    ],
    ids=["opening", "held", "begun by time", "streaming", "silent"],
)
async def test_a_client_that_leaves_takes_the_source_with_him(
    script: tuple[Any, ...], opening: float, leaves: float
) -> None:
    stream = Stream(*script, opening=opening)
    asyncio.get_running_loop().call_later(leaves, stream.client.leave)
    await stream.run()
    sent = len(stream.client.messages)
    await asyncio.sleep(60)

    assert stream.ended == leaves
    assert not stream.client.over
    assert len(stream.client.messages) == sent


async def test_a_client_that_leaves_without_reading_does_so_too() -> None:
    stream = Stream("A", 1.0, "B", 60.0)
    stream.client.reading.clear()
    asyncio.get_running_loop().call_later(3.0, stream.client.leave)
    await stream.run()

    assert stream.ended == 3.0


async def test_nothing_goes_on_for_a_client_that_left_without_reading() -> None:
    stream = Stream("~a", 60.0)
    stream.client.reading.clear()
    before = asyncio.all_tasks()
    asyncio.get_running_loop().call_later(5.0, stream.client.leave)
    await stream.run()
    for _ in range(3):
        await asyncio.sleep(0)

    assert stream.client.messages
    assert asyncio.all_tasks() == before


async def test_a_client_that_left_before_anything_happened() -> None:
    stream = Stream("A", 60.0)
    stream.client.leave()
    await stream.run()

    assert stream.ended in (None, 0.0)


async def test_cancelling_the_response_stops_the_source_and_goes_on() -> None:
    stream = Stream("A", 60.0)
    task = stream.start()
    await asyncio.sleep(1)
    task.cancel()
    await asyncio.wait((task,))

    assert task.cancelled()
    assert stream.ended == 1.0


async def test_a_cancellation_is_not_mistaken_for_a_client_that_leaves_in_the_same_moment() -> None:
    stream = Stream("A", 60.0)
    task = stream.start()
    await asyncio.sleep(1)
    stream.client.leave()
    for _ in range(2):
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait((task,))

    assert task.cancelled()
    assert stream.ended == 1.0


async def test_the_work_has_ended_before_the_response_has() -> None:
    order = []

    async def work() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            await asyncio.sleep(1)
            order.append("work")

    client = Stream().client
    await client.receive()
    asyncio.get_running_loop().call_later(3.0, client.leave)
    await while_connected(client.receive, work())
    order.append("response")

    assert order == ["work", "response"]


async def test_what_the_work_raises_is_raised() -> None:
    async def work() -> None:
        raise ValueError("broken")

    client = Stream().client
    with pytest.raises(ValueError, match="broken"):
        await while_connected(client.receive, work())


async def test_what_the_work_raises_while_its_client_leaves_is_raised_too() -> None:
    async def work() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            raise ValueError("not stored")

    client = Stream().client
    client.leave()
    with pytest.raises(ValueError, match="not stored"):
        await while_connected(client.receive, work())


async def test_a_server_that_fails_to_listen_is_not_taken_for_a_client_that_left() -> None:
    async def receive() -> Any:
        await asyncio.sleep(1)
        raise ConnectionError("broken server")

    with pytest.raises(ConnectionError, match="broken server"):
        await while_connected(receive, asyncio.sleep(60))


async def test_further_pieces_of_a_body_are_not_taken_for_leaving() -> None:
    async def receive() -> Any:
        await asyncio.sleep(1)
        return {"type": "http.request", "body": b"", "more_body": False}

    done = asyncio.Event()

    async def work() -> None:
        await asyncio.sleep(5)
        done.set()

    await while_connected(receive, work())
    assert done.is_set()
