"""Events that are kept can be heard again from any of them on, exactly as they were."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ollamanet.application.conversations.live_log import EventLog
from ollamanet.domain.kernel.errors import Conflict, InvalidRequest

pytestmark = pytest.mark.anyio

sizes = st.lists(st.integers(1, 4), max_size=12)
GONE = ConnectionError("gone")


def event(number: int) -> bytes:
    return b"id: %d\ndata: %b\n\n" % (number, b"x" * (number % 3))


def events(first: int, last: int) -> bytes:
    return b"".join(map(event, range(first, last + 1)))


def filled(sizes: list[int]) -> EventLog:
    """A log whose pieces have so many events."""
    log = EventLog()
    for size in sizes:
        log.append(events(log.last + 1, log.last + size), log.last + size, begins=True)
    return log


def text(log: EventLog, after: int) -> bytes:
    return b"".join(piece.data for piece in log.since(after))


@given(sizes=sizes, chance=st.data())
def test_what_follows_an_event_is_what_was_sent_after_it(sizes: list[int], chance: st.DataObject) -> None:
    log = filled(sizes)
    after = chance.draw(st.integers(0, log.last))

    assert text(log, after) == events(after + 1, log.last)


@given(sizes=sizes, room=st.integers(0, 400), chance=st.data())
def test_what_was_forgotten_is_told_and_the_rest_is_whole(sizes: list[int], room: int, chance: st.DataObject) -> None:
    log = filled(sizes)
    freed = log.forget_oldest(room)
    after = chance.draw(st.integers(0, log.last))
    everything = events(1, log.last)

    assert freed >= min(room, len(everything))
    if events(after + 1, log.last) in everything[freed:]:
        assert text(log, after) == events(after + 1, log.last)
    else:
        with pytest.raises(Conflict, match=f"events {after + 1} to"):
            log.since(after)


@pytest.mark.parametrize("after", [-1, 6, 10**30])
def test_there_is_nothing_after_an_event_that_is_not_there(after: int) -> None:
    with pytest.raises(InvalidRequest, match="Last-Event-ID"):
        filled([2, 3]).since(after)


def test_a_failure_is_an_event_too() -> None:
    log = filled([2])
    log.end(GONE)

    assert log.since(3) == []
    assert [log.heard_all(after) for after in (1, 2, 3)] == [False, False, True]
    with pytest.raises(InvalidRequest):
        log.check(4)


def test_all_is_heard_only_once_it_is_over() -> None:
    log = filled([2])
    assert not log.heard_all(2)
    log.end(None)

    assert [log.heard_all(after) for after in (1, 2)] == [False, True]


async def test_news_wakes_everybody_who_waits() -> None:
    log = EventLog()
    waiting = [asyncio.ensure_future(log.news()) for _ in range(3)]
    await asyncio.sleep(0)
    waiting[0].cancel()
    log.append(event(1), 1, begins=True)
    await asyncio.wait(waiting, timeout=1.0)

    assert [task.cancelled() for task in waiting] == [True, False, False]
    log.end(None)
    await asyncio.wait_for(log.news(), 1.0)
