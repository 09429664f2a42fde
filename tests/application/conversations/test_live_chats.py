"""Who may stop which chat, and what happens to two of the same name."""

import asyncio

import pytest
from tests.application.conversations.chatting import ADA, BOB
from tests.application.conversations.live import GRACE, UNUSED, Live, command, hear
from tests.fakes.inference.scripts import WHOLE
from tests.fakes.kernel.cancelling import cut_short

from ollamanet.application.conversations.live_running import RunningChat
from ollamanet.application.kernel.uncancelled import settled
from ollamanet.domain.kernel.errors import Conflict, NotFound
from ollamanet.domain.kernel.ids import RequestId
from ollamanet.domain.kernel.reply import DoneReason

pytestmark = pytest.mark.anyio

NOTHING = (0, 0, 0, 0)


def reasons(live: Live) -> list[DoneReason]:
    return [answer.outcome.reason for answer in live.chat.answers if answer.outcome]


async def test_its_owner_stops_it_and_finds_the_answer_stored() -> None:
    live = Live("Hel", 60.0, WHOLE)
    asking = asyncio.ensure_future(live.ask())
    await asyncio.sleep(1)
    before = asyncio.get_running_loop().time()
    await live.chats.stop(ADA, "request-1")

    assert asyncio.get_running_loop().time() - before < 0.1
    assert reasons(live) == [DoneReason.CANCELLED]
    assert live.chat.in_use == NOTHING
    await asking
    assert live.chat.answered is not None
    assert live.chats.in_use == UNUSED


async def test_nobody_else_does() -> None:
    live = Live("Hel", 60.0, WHOLE)
    asking = asyncio.ensure_future(live.ask())
    await asyncio.sleep(1)
    for actor, name in ((BOB, "request-1"), (ADA, "request-2"), (ADA, "")):
        with pytest.raises(NotFound):
            await live.chats.stop(actor, name)
    await asking

    assert reasons(live) == [DoneReason.STOP]


async def test_a_stop_may_be_repeated_for_a_while() -> None:
    live = Live("Hel", 60.0, WHOLE)
    asking = asyncio.ensure_future(live.ask())
    await asyncio.sleep(1)
    await asyncio.gather(*(live.chats.stop(ADA, "request-1") for _ in range(3)))
    await asking
    await live.chats.stop(ADA, "request-1")
    await asyncio.sleep(GRACE + 1)
    with pytest.raises(NotFound):
        await live.chats.stop(ADA, "request-1")


async def test_only_so_many_stops_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ollamanet.application.conversations.live_chats._STOPS_REMEMBERED", 2)
    live = Live("Hel", 60.0, WHOLE, slots=5)
    asking = [asyncio.ensure_future(live.ask(f"request-{number}")) for number in range(3)]
    await asyncio.sleep(1)
    for number in range(3):
        await live.chats.stop(ADA, f"request-{number}")
    await asyncio.gather(*asking)

    await live.chats.stop(ADA, "request-1")
    with pytest.raises(NotFound):
        await live.chats.stop(ADA, "request-0")


async def test_a_stop_does_not_wait_long_for_a_listener_who_does_not_listen() -> None:
    live = Live("Hel", 60.0, WHOLE)
    running = await live.chats.open(command())
    events = aiter(running)
    for _ in range(3):
        await anext(events)
    before = asyncio.get_running_loop().time()
    await live.chats.stop(ADA, "request-1")

    assert asyncio.get_running_loop().time() - before == pytest.approx(1.0)
    assert live.chat.in_use == NOTHING
    await running.aclose()
    assert live.chats.in_use == UNUSED


async def test_a_chat_that_is_stopped_while_it_opens_asks_no_model() -> None:
    live = Live("Hel", 60.0, WHOLE)
    gate = asyncio.Event()
    append = live.chat.store.start

    async def slow(*arguments: object) -> None:
        await gate.wait()
        await append(*arguments)

    live.chat.store.start = slow
    asking = asyncio.ensure_future(live.ask())
    await asyncio.sleep(1)
    stopping = asyncio.ensure_future(live.chats.stop(ADA, "request-1"))
    await asyncio.sleep(0.5)
    gate.set()
    await asyncio.gather(asking, stopping)

    assert live.chat.replica.asked == []
    assert reasons(live) == [DoneReason.CANCELLED]


async def test_two_of_the_same_name_and_user_do_not_run_together() -> None:
    live = Live("Hel", 1.0, WHOLE)
    asking = asyncio.ensure_future(live.ask())
    await asyncio.sleep(0.5)
    with pytest.raises(Conflict) as refused:
        await live.ask()
    with pytest.raises(Conflict):
        live.keep()
    await live.ask(actor=BOB)
    await asking
    await live.ask()

    assert refused.value.retry_after == 1.0
    assert reasons(live) == [DoneReason.STOP] * 3
    assert live.chats.in_use == UNUSED


async def test_a_name_is_free_again_whenever_its_chat_is_cut() -> None:
    for wait in range(1, 60):
        live = Live("Hel", 1.0, "lo", WHOLE)
        cut = await cut_short(live.ask(), wait)
        await settled()
        assert live.chats.in_use == UNUSED
        assert live.chat.in_use == NOTHING
        if cut.waits < wait:
            break
    assert 10 < wait < 59


async def test_a_kept_chat_is_stopped_like_any_other() -> None:
    live = Live("Hel", 60.0, WHOLE)
    kept = live.keep()
    hearing = asyncio.ensure_future(hear(kept))
    await asyncio.sleep(1)
    await live.chats.stop(ADA, "request-1")

    assert (await hearing).endswith(b"Hel\n\nid: 4\ndata: Answered\n\n")
    assert reasons(live) == [DoneReason.CANCELLED]
    assert live.chat.in_use == NOTHING
    await live.chats.stop(ADA, "request-1")
    await asyncio.sleep(GRACE + 1)
    assert live.chats.in_use == UNUSED


async def test_a_chat_is_heard_only_once_it_is_open() -> None:
    with pytest.raises(RuntimeError, match="not opened"):
        aiter(RunningChat(ADA.user_id, RequestId("request-1"), lambda _: None))
