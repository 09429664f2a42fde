"""What every replica does, whatever it is made of; a subclass brings the fixture `playing`."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager, aclosing
from uuid import UUID

import pytest
from tests.fakes.inference.scripts import WHOLE, Step

from ollamanet.application.inference.ports import Replica, ReplicaStream
from ollamanet.domain.inference.errors import ReplicaLost, UpstreamTimeout
from ollamanet.domain.kernel.chat import ReplyRequest, Role, Turn
from ollamanet.domain.kernel.ids import RequestId, UserId
from ollamanet.domain.kernel.model_name import ModelName
from ollamanet.domain.kernel.reply import Delta, DoneReason, Finished, Text

Playing = Callable[[Sequence[Step]], AbstractAsyncContextManager[Replica]]
"""From a script of pieces of text, seconds of silence, the end, and `ReplicaLost` where it breaks off."""

REQUEST = ReplyRequest(RequestId("request-1"), UserId(UUID(int=1)), ModelName("llama3"), (Turn(Role.USER, "Hi"),))
LOST = ReplicaLost("gone")


async def rest(stream: ReplicaStream, into: list[Delta]) -> None:
    async with aclosing(stream):
        async for batch in stream:
            assert batch
            into.extend(batch)


def said(deltas: Sequence[Delta]) -> str:
    return "".join(delta.text for delta in deltas if isinstance(delta, Text))


@pytest.mark.anyio
class ReplicaContract:
    async def test_brings_all_that_was_said_and_ends_with_its_end(self, playing: Playing) -> None:
        heard: list[Delta] = []
        async with playing(("Hel", "lo", WHOLE)) as replica:
            await rest(await replica.open(REQUEST, timeout=30.0), heard)

        assert said(heard) == "Hello"
        assert isinstance(heard[-1], Finished)
        assert heard[-1].reason is DoneReason.STOP
        assert not any(isinstance(delta, Finished) for delta in heard[:-1])

    async def test_a_failure_before_the_first_piece_is_raised_at_once(self, playing: Playing) -> None:
        async with playing((LOST,)) as replica:
            with pytest.raises(ReplicaLost):
                await replica.open(REQUEST, timeout=30.0)

    async def test_a_failure_comes_after_everything_that_was_said_before_it(self, playing: Playing) -> None:
        heard: list[Delta] = []
        async with playing(("Hel", "lo", LOST)) as replica:
            stream = await replica.open(REQUEST, timeout=30.0)
            with pytest.raises(ReplicaLost):
                await rest(stream, heard)

        assert said(heard) == "Hello"

    async def test_a_first_piece_that_does_not_come_in_time_is_not_waited_for(self, playing: Playing) -> None:
        async with playing((60.0, "late", WHOLE)) as replica:
            with pytest.raises(UpstreamTimeout):
                await replica.open(REQUEST, timeout=0.1)

    async def test_the_time_is_that_of_the_whole_reply(self, playing: Playing) -> None:
        heard: list[Delta] = []
        async with playing(("Hel", 60.0, "lo", WHOLE)) as replica:
            stream = await replica.open(REQUEST, timeout=0.2)
            with pytest.raises(UpstreamTimeout):
                await rest(stream, heard)

        assert said(heard) == "Hel"

    async def test_closing_it_midway_is_no_failure_and_twice_is_like_once(self, playing: Playing) -> None:
        async with playing(("Hel", 60.0, WHOLE)) as replica:
            stream = await replica.open(REQUEST, timeout=30.0)
            assert said(await anext(aiter(stream))) == "Hel"
            await stream.aclose()
            await stream.aclose()

    async def test_cutting_it_ends_it_for_whoever_waits_after_all_that_was_said(self, playing: Playing) -> None:
        async with playing(("Hel", 60.0, WHOLE)) as replica:
            stream = await replica.open(REQUEST, timeout=30.0)
            heard = list(await anext(aiter(stream)))
            listening = asyncio.create_task(rest(stream, heard))
            await asyncio.sleep(0)
            stream.cut("it was removed")
            with pytest.raises(ReplicaLost, match="it was removed"):
                await listening

        assert said(heard) == "Hel"

    async def test_cutting_it_when_it_is_over_is_nothing(self, playing: Playing) -> None:
        heard: list[Delta] = []
        async with playing(("Hel", "lo", WHOLE)) as replica:
            stream = await replica.open(REQUEST, timeout=30.0)
            await rest(stream, heard)
            stream.cut("it was removed")

        assert isinstance(heard[-1], Finished)

    async def test_has_a_name_for_people(self, playing: Playing) -> None:
        async with playing((WHOLE,)) as replica:
            assert replica.name.isprintable()
            assert 1 <= len(replica.name) <= 100
