"""A summary that cannot be made is done without: the chat goes on, and nothing wrong is stored."""

import asyncio
import logging

import pytest
from tests.application.conversations.chatting import ADA, BOB
from tests.application.conversations.long_talks import BUDGET, Talk
from tests.fakes.inference.listed_models import LLAMA
from tests.fakes.inference.scripts import WHOLE, Step
from tests.fakes.kernel.cancelling import cut_short

from ollamanet.application.conversations.commands.summarize_conversation import SummarizeConversation
from ollamanet.application.kernel.actor import Actor
from ollamanet.domain.conversations.errors import SummaryUnusable
from ollamanet.domain.conversations.summary import summary_length
from ollamanet.domain.inference.errors import QueueFull, ReplicaLost
from ollamanet.domain.kernel.errors import NotFound, ShuttingDown
from ollamanet.domain.kernel.model_terms import Overflow
from ollamanet.domain.kernel.reply import DoneReason, Finished, Thinking

pytestmark = pytest.mark.anyio

NOTHING = (0, 0, 0, 0)
TURNS = 4


async def a_talk(*summaries: Step) -> Talk:
    """One that never overflowed by itself."""
    talk = Talk(*summaries)
    await talk.go_on(4)
    return talk


async def summarize(talk: Talk, actor: Actor = ADA, turns: int = TURNS) -> None:
    await talk.send.summarize(SummarizeConversation(actor, talk.conversation_id, LLAMA, turns))


@pytest.mark.parametrize(
    "said",
    [
        (WHOLE,),
        ("  \n", WHOLE),
        (Thinking("Hm"), Finished(DoneReason.LENGTH)),
        ("They ta", Finished(DoneReason.TIMEOUT)),
        ("They ta", 500.0, "lk", WHOLE),
    ],
    ids=["nothing", "white", "only thoughts", "a part", "too slow"],
)
async def test_what_is_no_whole_summary_is_not_stored(said: tuple[Step, ...]) -> None:
    talk = await a_talk(*said)
    with pytest.raises(SummaryUnusable) as refused:
        await summarize(talk)

    assert await talk.summary() is None
    assert "They" not in refused.value.detail
    assert talk.in_use == NOTHING


async def test_a_summary_that_was_cut_at_its_length_says_so() -> None:
    talk = await a_talk("They talk of", Finished(DoneReason.LENGTH))
    await summarize(talk)
    summary = await talk.summary()

    assert summary is not None
    assert (summary.text, summary.turns) == ("They talk of …", TURNS)


async def test_a_model_that_does_not_stop_is_not_stored_whole() -> None:
    talk = await a_talk("x" * 100_000, WHOLE)
    await summarize(talk)
    summary = await talk.summary()

    assert summary is not None
    assert len(summary.text) == 8 * summary_length(BUDGET)


async def test_the_chat_hears_nothing_of_it_the_log_does_and_a_later_one_tries_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    talk = Talk(ReplicaLost("gone"))
    with caplog.at_level(logging.WARNING):
        await talk.go_on(12)
        await talk.rest()
        await talk.go_on(1)
        await talk.rest()

    assert talk.cuts[-2:] == [(1, 0), (3, 0)]
    assert len(talk.answers) == 13
    assert len(talk.asked_for_summaries) == 2
    assert [record.getMessage() for record in caplog.records] == [
        "background work was given up: upstream_error: gone"
    ] * 2
    assert "word" not in caplog.text


async def test_a_model_that_never_makes_one_is_asked_ever_more_rarely() -> None:
    talk = Talk(WHOLE)
    began, asked_at = asyncio.get_running_loop().time(), []
    talk.model.before_summaries = lambda: asked_at.append(asyncio.get_running_loop().time() - began)
    await talk.go_on(12)
    for _ in range(60):
        await asyncio.sleep(10)
        await talk.go_on(1)

    assert asked_at == pytest.approx([0, 60, 180, 420], abs=11)
    assert talk.in_use == NOTHING


async def test_what_comes_to_something_is_asked_for_again_as_soon_as_it_is_wanted() -> None:
    talk = await a_talk(WHOLE)
    with pytest.raises(SummaryUnusable):
        await summarize(talk)
    await summarize(talk)
    assert len(talk.asked_for_summaries) == 1

    await asyncio.sleep(60)
    talk.model.summaries = ("They talk.", WHOLE)
    await summarize(talk)
    await talk.go_on(1)
    await summarize(talk, turns=TURNS + 2)
    assert len(talk.asked_for_summaries) == 3


async def test_what_was_refused_for_lack_of_room_is_asked_for_again_at_once() -> None:
    talk = Talk(slots=1, depth=0)
    await talk.go_on(4)
    place = talk.take_slot()
    with pytest.raises(QueueFull):
        await summarize(talk)
    place.leave()
    await summarize(talk)

    assert len(talk.asked_for_summaries) == 1
    assert await talk.summary() is not None


async def test_one_that_was_cut_short_is_asked_for_again_at_once() -> None:
    talk = await a_talk("They ", 100.0, WHOLE)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(10):
            await summarize(talk)
    talk.model.summaries = ("They talk.", WHOLE)
    await summarize(talk)

    assert await talk.summary() is not None


async def test_an_answer_that_failed_is_not_followed_by_a_summary() -> None:
    talk = Talk()
    await talk.go_on(11)
    talk.model.answers = (ReplicaLost("gone"),)
    with pytest.raises(ReplicaLost):
        await talk.go_on(1)
    await talk.rest()

    assert talk.asked_for_summaries == []


async def test_nobody_has_a_strangers_conversation_summarized() -> None:
    talk = await a_talk()
    with pytest.raises(NotFound):
        await summarize(talk, actor=BOB)

    assert (talk.asked_for_summaries, await talk.summary()) == ([], None)


async def test_what_is_covered_already_is_not_summarized_again() -> None:
    talk = await a_talk()
    await summarize(talk)
    await summarize(talk, turns=TURNS - 1)
    await summarize(talk)

    assert len(talk.asked_for_summaries) == 1


async def test_no_more_is_summarized_than_was_said() -> None:
    talk = await a_talk()
    await summarize(talk, turns=99)
    summary = await talk.summary()

    assert summary is not None
    assert (summary.turns, len(talk.asked_for_summaries)) == (8, 1)


async def test_a_conversation_that_is_gone_meanwhile_gets_no_summary() -> None:
    talk = await a_talk()
    talk.model.before_summaries = lambda: talk.store.forget(talk.conversation_id)
    with pytest.raises(NotFound):
        await summarize(talk)

    assert len(talk.asked_for_summaries) == 1
    assert await talk.summary() is None


async def test_a_full_house_takes_none() -> None:
    talk = Talk(slots=1, depth=0)
    await talk.go_on(11, overflow=Overflow.SUMMARIZE)
    await talk.go_on(1)
    place = talk.take_slot()
    await talk.rest()
    place.leave()

    assert talk.asked_for_summaries == []
    assert talk.in_use == NOTHING


async def test_a_service_that_stops_takes_none() -> None:
    talk = await a_talk()
    talk.admission.close()
    with pytest.raises(ShuttingDown):
        await summarize(talk)

    assert talk.asked_for_summaries == []


async def test_cancelled_at_any_moment_it_leaves_a_whole_summary_or_none() -> None:
    stored = set()
    for wait in range(1, 60):
        talk = await a_talk("They ", 1.0, "talk", WHOLE)
        cut = await cut_short(summarize(talk), wait)
        summary = await talk.summary()
        assert talk.in_use == NOTHING
        stored.add(summary and summary.text)
        if cut.waits < wait:
            break

    assert stored == {None, "They talk"}
    assert 5 < wait < 59
