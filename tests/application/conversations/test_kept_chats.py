"""A chat that outlives its listeners: whoever comes back hears exactly what he missed."""

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.application.conversations.chatting import ADA, BOB
from tests.application.conversations.live import GRACE, UNUSED, Live, hear
from tests.fakes.inference.scripts import WHOLE
from tests.fakes.kernel.virtual_time import in_virtual_time

from ollamanet.application.conversations.live_kept import KeptChat
from ollamanet.application.kernel.uncancelled import settled
from ollamanet.domain.inference.errors import ReplicaLost
from ollamanet.domain.kernel.chat import Role
from ollamanet.domain.kernel.errors import Conflict, NotFound, ShuttingDown
from ollamanet.domain.kernel.reply import DoneReason, Text

pytestmark = pytest.mark.anyio

NOTHING = (0, 0, 0, 0)
GONE = ReplicaLost("gone")
pauses = st.floats(0, 3)


def reasons(live: Live) -> list[DoneReason]:
    return [answer.outcome.reason for answer in live.chat.answers if answer.outcome]


def last_id(heard: bytes, before: int) -> int:
    """Of the last event; a part of one is not yet an event."""
    whole = heard[: heard.rfind(b"\n\n") + 2]
    numbers = [int(block.split(b"\n")[0].removeprefix(b"id: ")) for block in whole.split(b"\n\n")[:-1]]
    return numbers[-1] if numbers else before


async def patched_together(kept: KeptChat, visits: list[tuple[float, float, int]], start: float = 0.0) -> bytes:
    """What a client has who loses the connection again and again, each time in the middle of some bytes."""
    await asyncio.sleep(start)
    text, after = b"", 0
    for stay, away, lost in visits:
        piece = bytearray()

        async def visit(piece: bytearray = piece, after: int = after) -> None:
            async for pieces in kept.events(after, at_once=True):
                piece += b"".join(each.data for each in pieces)

        hearing = asyncio.ensure_future(visit())
        await asyncio.wait((hearing,), timeout=stay)
        hearing.cancel()
        await asyncio.wait((hearing,))
        arrived = bytes(piece[: max(0, len(piece) - lost)])
        text += arrived[: arrived.rfind(b"\n\n") + 2] if b"\n\n" in arrived else b""
        after = last_id(arrived, after)
        await asyncio.sleep(away)
    return text + await hear(kept, after)


visits = st.lists(st.tuples(pauses, pauses, st.integers(0, 40)), max_size=6)
batch = st.lists(st.builds(Text, st.text("abc", max_size=3)), min_size=1, max_size=5).map(tuple)
scripts = st.lists(batch | pauses, max_size=10)


@settings(max_examples=60)
@given(script=scripts, listeners=st.lists(visits, min_size=1, max_size=3))
def test_who_comes_back_misses_nothing_and_hears_nothing_twice(script: list, listeners: list) -> None:
    async def run() -> None:
        live = Live(*script, WHOLE)
        kept = live.keep()
        heard = await asyncio.gather(*(patched_together(kept, each, start) for start, each in enumerate(listeners)))

        assert set(heard) == {kept.transcript.everything}
        assert reasons(live) == [DoneReason.STOP]
        await asyncio.sleep(GRACE * 2 + 1)
        assert (live.chats.in_use, live.chat.in_use) == (UNUSED, NOTHING)

    in_virtual_time(run())


async def test_nobody_listens_for_the_grace_period_so_it_is_stopped() -> None:
    live = Live("Hel", 1.0, "lo", 110.0, WHOLE)
    kept = live.keep()
    await hear(kept, limit=3)
    await asyncio.sleep(GRACE - 1)
    assert live.chat.in_use == (1, 0, 1, 1)
    await asyncio.sleep(2)

    assert live.chat.in_use == NOTHING
    assert [(answer.text, *reasons(live)) for answer in live.chat.answers] == [("Hello", DoneReason.CANCELLED)]
    assert (await hear(live.chats.find(ADA, "request-1"), 3)).startswith(b"id: 4\ndata: lo\n\n")


async def test_one_who_comes_back_in_time_starts_the_grace_period_anew() -> None:
    live = Live("Hel", 70.0, "lo", WHOLE)
    kept = live.keep()
    for _ in range(2):
        await asyncio.sleep(GRACE - 1)
        await hear(kept, limit=1)
    await asyncio.sleep(GRACE - 1)

    assert reasons(live) == [DoneReason.STOP]


async def test_it_is_kept_for_the_grace_period_after_its_end() -> None:
    live = Live("Hel", WHOLE)
    everything = await hear(live.keep())
    await asyncio.sleep(GRACE - 1)
    assert await hear(live.chats.find(ADA, "request-1")) == everything
    with pytest.raises(NotFound):
        live.chats.find(BOB, "request-1")
    await asyncio.sleep(2)
    with pytest.raises(NotFound):
        live.chats.find(ADA, "request-1")


async def test_a_slow_listener_hears_the_end_though_the_grace_period_is_over_and_holds_up_nobody() -> None:
    live = Live("Hel", "lo", WHOLE)
    kept = live.keep()
    slow = kept.events(0, at_once=True)
    first = await anext(slow)
    await hear(kept)
    await asyncio.sleep(GRACE * 3)
    rest = [piece.data async for pieces in slow for piece in pieces]

    assert b"".join([*(piece.data for piece in first), *rest]) == kept.transcript.everything
    await asyncio.sleep(GRACE + 1)
    assert live.chats.in_use == UNUSED


async def test_a_failure_comes_after_all_that_was_said_and_for_everybody() -> None:
    live = Live("Hel", GONE)
    kept = live.keep()
    for after in (0, 2):
        events = kept.events(after, at_once=False)
        heard = b""
        while not heard.endswith(b"id: 3\ndata: Hel\n\n"):
            heard += b"".join([piece.data for piece in await anext(events)])
        with pytest.raises(ReplicaLost):
            await anext(events)
    with pytest.raises(ReplicaLost):
        await kept.end()
    assert await hear(kept, 4) == b""


async def test_events_that_do_not_fit_are_forgotten_and_the_answer_goes_on() -> None:
    live = Live(*(["word" * 100] * 200), WHOLE, room=32 * 10_000)
    kept = live.keep()
    slow = kept.events(0, at_once=False)
    await anext(slow)
    await kept.end()

    assert reasons(live) == [DoneReason.STOP]
    assert live.chats.in_use[3] <= 10_000 + 4096
    with pytest.raises(Conflict):
        kept.log.check(1)
    with pytest.raises(Conflict):
        await anext(slow)
    assert kept.transcript.everything.endswith(await hear(kept, kept.log.last - 1))


async def test_a_defect_that_nobody_hears_is_reported() -> None:
    live = Live("Hel", WHOLE)
    live.chat.store.fails[Role.ASSISTANT] = OSError("disk full")
    complaints = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context["exception"]))
    kept = live.keep()
    await asyncio.sleep(1)

    assert [str(error) for error in complaints] == ["disk full"]
    assert kept.failed


async def test_a_new_chat_takes_the_name_of_one_that_is_over() -> None:
    live = Live("Hel", WHOLE)
    old = live.keep()
    await old.end()
    new = live.keep()
    await new.end()

    assert live.chats.find(ADA, "request-1") is new
    assert live.chats.in_use[:3] == (0, 1, 0)
    await asyncio.sleep(GRACE + 1)
    assert live.chats.in_use == UNUSED


@pytest.mark.parametrize("turns", [0, 1, 2, 40])
async def test_the_end_of_the_service_breaks_it_off_and_keeps_what_was_said(turns: int) -> None:
    live = Live("Hel", 60.0, WHOLE)
    kept = live.keep("request-1", "key")
    for _ in range(turns):
        await asyncio.sleep(0)
    await live.chats.aclose()
    await settled()

    assert isinstance(kept.log.failure, ShuttingDown)
    assert (live.chats.in_use, live.chat.in_use) == (UNUSED, NOTHING)
    assert reasons(live) == ([DoneReason.CANCELLED] if turns == 40 else [])


async def test_one_that_is_broken_off_before_its_first_step_is_gone() -> None:
    live = Live("Hel", WHOLE)
    await live.keep("request-1", "key").aclose()

    assert (live.chats.in_use, live.chat.in_use) == (UNUSED, NOTHING)
    assert live.chat.questions == []
