"""A stream of events begins when there is something to say, says when it is silent, and ends with its client."""

import asyncio

import pytest
from tests.fakes.kernel.cancelling import cut_short
from tests.interfaces.kernel.streaming import Step, Stream

from ollamanet.domain.kernel.errors import Conflict
from ollamanet.interfaces.kernel.sse import KEEP_ALIVE

pytestmark = pytest.mark.anyio

TAKEN = Conflict("taken")


def said(*words: str) -> bytes:
    return b"".join(f"data: {word}\n\n".encode() for word in words)


class TestBeginning:
    async def test_nothing_is_sent_before_the_first_event_that_matters(self) -> None:
        stream = Stream("~a", 1.0, "~b", 0.5, "C", 1.0, "D")
        await stream.run()

        assert stream.client.status == 200
        assert stream.client.messages[0][0] == 1001.5
        assert stream.client.pieces == [(1.5, said("~a", "~b", "C")), (2.5, said("D"))]
        assert stream.client.over

    async def test_after_the_hold_what_is_there_is_sent_all_the_same(self) -> None:
        stream = Stream("~a", 5.0, "B")
        await stream.run()

        assert stream.client.pieces == [(2.0, said("~a")), (5.0, said("B"))]

    async def test_what_comes_late_and_first_is_not_held_at_all(self) -> None:
        stream = Stream("~a", 1.0, "B", opening=3.0)
        await stream.run()

        assert stream.client.pieces == [(3.0, said("~a")), (4.0, said("B"))]

    async def test_the_head_says_what_was_learnt_by_then(self) -> None:
        stream = Stream("~a", ("~b", "C"), "D")
        await stream.run()
        headers = stream.client.headers

        assert headers["content-type"] == "text/event-stream; charset=utf-8"
        assert headers["cache-control"] == "no-cache, no-transform"
        assert headers["x-accel-buffering"] == "no"
        assert headers["x-encoded"] == "3"

    @pytest.mark.parametrize("script", [(), ("-",), ("~a",), ("~a", "-")])
    async def test_a_source_that_ends_without_anything_that_matters_is_a_whole_response(
        self, script: tuple[Step, ...]
    ) -> None:
        stream = Stream(*script)
        await stream.run()

        assert stream.client.status == 200
        assert stream.client.over
        assert stream.client.body == said(*(word for word in script if word == "~a"))

    async def test_what_is_not_shown_is_not_sent(self) -> None:
        stream = Stream("A", "-", "B")
        await stream.run()

        assert [body for _, body in stream.client.pieces] == [said("A"), said("B")]


class TestFailure:
    @pytest.mark.parametrize("failure", [TAKEN, ZeroDivisionError("ours")])
    @pytest.mark.parametrize("before", [(), ("~a",), ("~a", 1.0, "~b"), ("-",)])
    async def test_before_the_response_began_is_raised_and_nothing_is_sent(
        self, failure: Exception, before: tuple[Step, ...]
    ) -> None:
        stream = Stream(*before, failure)
        with pytest.raises(type(failure)):
            await stream.run()

        assert stream.client.messages == []
        assert stream.ended is not None

    async def test_while_the_source_opens_is_raised_too(self) -> None:
        stream = Stream(refusal=TAKEN, opening=30.0)
        with pytest.raises(Conflict):
            await stream.run()

        assert stream.client.messages == []

    async def test_after_it_began_is_the_last_event(self) -> None:
        stream = Stream("A", TAKEN)
        await stream.run()

        assert stream.client.body == said("A", "failed with taken")
        assert stream.client.over
        assert (stream.info.code, stream.info.error) == ("conflict", None)

    async def test_after_the_hold_is_an_event_although_nothing_mattered_yet(self) -> None:
        stream = Stream("~a", 2.5, TAKEN)
        await stream.run()

        assert stream.client.body == said("~a", "failed with taken")

    async def test_that_is_a_defect_of_ours_is_kept_for_the_log(self) -> None:
        defect = ZeroDivisionError("ours")
        stream = Stream("A", defect)
        await stream.run()

        assert stream.client.over
        assert (stream.info.code, stream.info.error) == (None, defect)

    @pytest.mark.parametrize("instant", [1.999, 2.0, 2.001])
    async def test_in_the_moment_the_hold_ends_is_the_one_or_the_other(self, instant: float) -> None:
        stream = Stream("~a", instant, TAKEN)
        try:
            await stream.run()
        except Conflict:
            assert stream.client.messages == []
        else:
            assert stream.client.body == said("~a", "failed with taken")
            assert stream.client.over


class TestSilence:
    async def test_is_broken_by_a_comment_every_ten_seconds(self) -> None:
        stream = Stream("A", 35.0, "B")
        await stream.run()

        assert stream.client.pieces == [
            (0.0, said("A")),
            (10.0, KEEP_ALIVE),
            (20.0, KEEP_ALIVE),
            (30.0, KEEP_ALIVE),
            (35.0, said("B")),
        ]

    async def test_counts_from_the_last_event(self) -> None:
        stream = Stream("A", 9.0, "B", 9.0, "C", 11.0, "D")
        await stream.run()

        assert [(at, body) for at, body in stream.client.pieces if body == KEEP_ALIVE] == [(28.0, KEEP_ALIVE)]

    async def test_while_nothing_mattered_yet_is_broken_as_well(self) -> None:
        stream = Stream("~a", 13.0, "B")
        await stream.run()

        assert stream.client.pieces == [(2.0, said("~a")), (12.0, KEEP_ALIVE), (13.0, said("B"))]

    @pytest.mark.parametrize("instant", [9.999, 10.0, 10.001])
    @pytest.mark.parametrize("last", [("B",), (TAKEN,), ()])
    async def test_that_ends_as_it_would_be_broken(self, instant: float, last: tuple[Step, ...]) -> None:
        stream = Stream("A", instant, *last)
        await stream.run()
        await asyncio.sleep(60)

        assert stream.client.over
        assert stream.client.messages[-1][1] == {"type": "http.response.body", "body": b"", "more_body": False}

    async def test_of_a_client_that_does_not_read_is_left_alone(self) -> None:
        stream = Stream("A", 1.0, "B", 1.0, "C")
        task = stream.start()
        await asyncio.sleep(0.5)
        stream.client.reading.clear()
        await asyncio.sleep(100)
        assert stream.client.body == said("A", "B")

        stream.client.reading.set()
        await task
        assert stream.client.body == said("A", "B", "C")

    async def test_comments_do_not_pile_up_before_a_client_that_does_not_read(self) -> None:
        stream = Stream("A", 500.0, "B")
        task = stream.start()
        await asyncio.sleep(5)
        stream.client.reading.clear()
        await asyncio.sleep(300)
        assert stream.client.body == said("A") + KEEP_ALIVE

        stream.client.reading.set()
        await task
        assert stream.client.body.endswith(KEEP_ALIVE + said("B"))


class TestEndOfTheProcess:
    async def test_is_told_to_a_client_that_hears_the_stream(self) -> None:
        stream = Stream("A", 60.0, "B")
        task = stream.start()
        await asyncio.sleep(1)
        task.cancel()
        await asyncio.wait((task,))

        assert task.cancelled()
        assert stream.client.body == said("A", "failed with the service is stopping")
        assert stream.client.over

    async def test_before_the_response_began_is_left_to_the_edge(self) -> None:
        stream = Stream("~a", 60.0, "B")
        task = stream.start()
        await asyncio.sleep(1)
        task.cancel()
        await asyncio.wait((task,))

        assert task.cancelled()
        assert stream.client.messages == []


@pytest.mark.parametrize(
    ("script", "words"),
    [
        (("~a", 2.0, "B", "C"), ("~a", "B", "C")),
        (("~a", 5.0, "B", TAKEN), ("~a", "B", "failed with taken")),
        (("A", 10.0, "B"), ("A", "B")),
        (("~a", 30.0), ("~a",)),
    ],
)
async def test_a_client_that_is_slow_from_the_first_byte_gets_everything_in_order(
    script: tuple[Step, ...], words: tuple[str, ...]
) -> None:
    stream = Stream(*script)
    stream.client.reading.clear()
    task = stream.start()
    await asyncio.sleep(20)
    stream.client.reading.set()
    await task

    assert stream.client.body.replace(KEEP_ALIVE, b"") == said(*words)


async def test_a_response_cut_at_any_wait_stops_its_source_and_says_nothing_more() -> None:
    for wait in range(1, 40):
        stream = Stream("~a", 2.5, "B", 11.0, "C", opening=0.5)
        cut = await cut_short(stream.run(), wait)
        sent = len(stream.client.messages)
        await asyncio.sleep(60)
        assert len(stream.client.messages) == sent
        assert stream.ended is not None or not sent
        if cut.waits < wait:
            break

    assert stream.client.over
