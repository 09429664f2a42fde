"""A caller who goes away at any moment: nothing that he heard is lost, nothing that he had is kept from others."""

import asyncio
import random

import pytest
from tests.application.conversations.chatting import ADA, Chat
from tests.fakes.inference.scripts import WHOLE
from tests.fakes.kernel.cancelling import cut_short

from ollamanet.application.kernel.uncancelled import settled
from ollamanet.domain.kernel.reply import DoneReason

pytestmark = pytest.mark.anyio

NOTHING = (0, 0, 0, 0)
SCRIPT = ("Hel", 1.0, "lo", " you", WHOLE)
SAID = "Hello you"
ENOUGH = 80


def assert_nothing_lost(chat: Chat) -> None:
    """What holds after every chat, whenever it was cut."""
    assert chat.in_use == NOTHING
    assert len(chat.questions) <= 1
    assert len(chat.answers) <= 1
    if chat.replica.asked:
        assert len(chat.questions) == 1
    if chat.heard_text:
        (answer,) = chat.answers
        assert answer.text.startswith(chat.heard_text)
    for answer in chat.answers:
        assert SAID.startswith(answer.text)
        assert answer.outcome is not None
        whole = answer.outcome.reason is DoneReason.STOP
        assert (answer.text == SAID and not answer.outcome.partial) if whole else answer.outcome.partial
        assert whole or answer.outcome.reason is DoneReason.CANCELLED
        assert answer.outcome.error is None
    if chat.answered is not None:
        assert [answer.id for answer in chat.answers] == [chat.answered.assistant_message_id]


async def test_once_at_every_wait() -> None:
    endings = set()
    for wait in range(1, ENOUGH):
        chat = Chat(*SCRIPT)
        cut = await cut_short(chat.ask(), wait)
        assert chat.in_use == NOTHING
        await settled()
        assert_nothing_lost(chat)
        endings.add((len(chat.questions), *(answer.text for answer in chat.answers)))
        if cut.waits < wait:
            break

    assert 15 < wait < ENOUGH - 1
    assert endings == {(0,), (1,), (1, "Hel"), (1, "Hello"), (1, SAID)}


async def test_twice_at_any_two_waits() -> None:
    for wait in range(1, 30):
        for later in range(wait + 1, wait + 8):
            chat = Chat(*SCRIPT)
            await cut_short(chat.ask(), wait, later)
            assert chat.in_use == NOTHING
            await settled()
            assert_nothing_lost(chat)


async def test_at_every_wait_while_somebody_else_has_the_slot() -> None:
    for wait in range(1, ENOUGH):
        chat = Chat(*SCRIPT, slots=1)
        place = chat.take_slot(ADA)
        asyncio.get_running_loop().call_later(0.7, place.leave)
        cut = await cut_short(chat.ask(), wait)
        place.leave()
        await settled()
        assert_nothing_lost(chat)
        if cut.waits < wait:
            break

    assert 20 < wait < ENOUGH - 1


async def test_two_thousand_at_random_moments_leave_no_slot_taken() -> None:
    chance = random.Random(2026)
    chat = Chat("Hel", 0.01, "lo", 0.01, WHOLE, slots=3)
    tasks = [asyncio.ensure_future(cut_short(chat.ask(), chance.randrange(1, 30))) for _ in range(2000)]
    while not all(task.done() for task in tasks):
        assert chat.admission.view.in_flight <= 3
        await asyncio.sleep(0.1)
    await asyncio.gather(*tasks)
    await settled()

    assert chat.in_use == NOTHING
    assert 0 < len(chat.answers) < len(chat.questions) < 2000
    assert all(answer.text in ("Hel", "Hello") for answer in chat.answers)
