"""A chat that its owner stops: the model stops, what was heard is stored, and the listener hears a proper end."""

import asyncio
import random
from contextlib import aclosing

import pytest
from tests.application.conversations.chatting import ADA, Chat
from tests.fakes.inference.scripts import WHOLE
from tests.fakes.kernel.cancelling import Cut, cut_short

from ollamanet.application.conversations.answer_recorder import LiveAnswer
from ollamanet.application.conversations.commands.send_message import SendMessage
from ollamanet.application.kernel.uncancelled import settled
from ollamanet.domain.inference.errors import ReplicaLost
from ollamanet.domain.kernel.ids import RequestId
from ollamanet.domain.kernel.reply import DoneReason

pytestmark = pytest.mark.anyio

NOTHING = (0, 0, 0, 0)
SCRIPT = ("Hel", 1.0, "lo", " you", WHOLE)
ENOUGH = 80
HI = SendMessage(ADA, RequestId("request-1"), "Hi")


async def hear(chat: Chat, answer: LiveAnswer, *, pause: float = 0.0) -> None:
    """To the end, with a pause after each batch."""
    async with aclosing(answer):
        async for batch in answer:
            chat.heard.extend(batch)
            await asyncio.sleep(pause)


def assert_ended_well(chat: Chat) -> DoneReason:
    """The listener heard what is stored, and how it ended."""
    assert chat.in_use == NOTHING
    (answer,) = chat.answers
    assert chat.answered is not None
    assert chat.answered.assistant_message_id == answer.id
    assert chat.answered.outcome == answer.outcome
    assert chat.heard_text == answer.text
    assert answer.outcome is not None
    assert answer.outcome.error is None
    assert answer.outcome.partial == (answer.outcome.reason is DoneReason.CANCELLED)
    return answer.outcome.reason


@pytest.mark.parametrize("slots", [1, 2], ids=["queued first", "at once"])
async def test_at_every_wait(slots: int) -> None:
    endings = set()
    for wait in range(1, ENOUGH):
        chat = Chat(*SCRIPT, slots=slots)
        place = chat.take_slot(ADA)
        asyncio.get_running_loop().call_later(0.7, place.leave)
        answer = await chat.send(HI)
        cut = Cut(wait, instead=answer.stop)
        await asyncio.ensure_future(cut.during(hear(chat, answer)))
        place.leave()
        await settled()
        endings.add((chat.heard_text, assert_ended_well(chat)))
        if cut.waits < wait:
            break

    assert 10 < wait < ENOUGH - 1
    cancelled = {("Hel", DoneReason.CANCELLED), ("Hello", DoneReason.CANCELLED), ("", DoneReason.CANCELLED)}
    assert cancelled < endings
    assert ("Hello you", DoneReason.STOP) in endings


async def test_before_its_first_event_asks_no_model() -> None:
    chat = Chat(*SCRIPT)
    answer = await chat.send(HI)
    answer.stop()
    await hear(chat, answer)

    assert assert_ended_well(chat) is DoneReason.CANCELLED
    assert chat.replica.asked == []


async def test_twice_is_the_same_as_once() -> None:
    chat = Chat("Hel", 60.0, WHOLE)
    answer = await chat.send(HI)
    hearing = asyncio.ensure_future(hear(chat, answer))
    await asyncio.sleep(1)
    answer.stop()
    answer.stop()
    await asyncio.sleep(0)
    answer.stop()
    await hearing

    assert assert_ended_well(chat) is DoneReason.CANCELLED


@pytest.mark.parametrize("turns", [0, 1, 2, 3, 4, 30])
async def test_stops_the_model_at_once_though_its_listener_does_not_listen(turns: int) -> None:
    chat = Chat("Hel", "lo", "!", WHOLE)
    answer = await chat.send(HI)
    events = answer.__aiter__()
    for _ in range(3):
        chat.heard.extend(await anext(events))
    answer.stop()
    for _ in range(turns):
        await asyncio.sleep(0)
    if turns == 30:
        assert chat.in_use == NOTHING
    await hear(chat, answer)
    await settled()

    assert assert_ended_well(chat) is DoneReason.CANCELLED
    assert chat.heard_text == ("Hel" if turns else "Hello")


async def test_a_caller_who_leaves_at_the_same_time_is_gone_and_keeps_what_was_said() -> None:
    for wait in range(1, ENOUGH):
        chat = Chat(*SCRIPT)
        answer = await chat.send(HI)

        def both(answer: LiveAnswer = answer) -> None:
            answer.stop()
            asyncio.current_task().cancel()

        task = asyncio.ensure_future((cut := Cut(wait, instead=both)).during(hear(chat, answer)))
        await asyncio.wait((task,))
        await settled()
        assert chat.in_use == NOTHING
        assert len(chat.answers) <= 1
        if chat.heard_text:
            assert chat.answers[0].text.startswith(chat.heard_text)
        if cut.waits < wait:
            break
        assert task.cancelled()

    assert 8 < wait < ENOUGH - 1


@pytest.mark.parametrize("turns", range(8))
async def test_a_listener_who_did_not_listen_may_leave_while_the_model_is_being_stopped(turns: int) -> None:
    chat = Chat("Hel", "lo", "!", WHOLE)
    answer = await chat.send(HI)
    events = answer.__aiter__()
    for _ in range(3):
        await anext(events)
    answer.stop()
    for _ in range(turns):
        await asyncio.sleep(0)
    await answer.aclose()
    await settled()

    assert chat.in_use == NOTHING
    assert [(kept.text, kept.outcome and kept.outcome.reason) for kept in chat.answers] == [
        ("Hel", DoneReason.CANCELLED)
    ]


async def test_a_defect_is_not_taken_for_a_stop() -> None:
    chat = Chat("Hel", RuntimeError("broken"))
    with pytest.raises(RuntimeError, match="broken"):
        await hear(chat, await chat.send(HI))

    assert [kept.outcome and kept.outcome.error for kept in chat.answers] == ["internal_error"]


async def test_a_reply_that_fails_by_itself_still_fails() -> None:
    chat = Chat("Hel", ReplicaLost("gone"))
    answer = await chat.send(HI)
    with pytest.raises(ReplicaLost):
        await hear(chat, answer)
    answer.stop()

    assert [kept.outcome and kept.outcome.error for kept in chat.answers] == ["upstream_error"]
    assert chat.in_use == NOTHING


async def test_two_thousand_stopped_or_left_at_random_moments_leave_no_slot_taken() -> None:
    chance = random.Random(2026)
    chat = Chat("Hel", 0.01, "lo", 0.01, WHOLE, slots=3)

    async def one(wait: int, *, leaves: bool) -> None:
        answer = await chat.send(HI)
        if leaves:
            await cut_short(hear(chat, answer), wait)
        else:
            await Cut(wait, instead=answer.stop).during(hear(chat, answer, pause=chance.choice([0.0, 0.005])))

    await asyncio.gather(
        *(asyncio.ensure_future(one(chance.randrange(1, 30), leaves=chance.random() < 0.5)) for _ in range(2000))
    )
    await settled()

    assert chat.in_use == NOTHING
    assert {answer.text for answer in chat.answers} == {"", "Hel", "Hello"}
