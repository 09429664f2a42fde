"""A conversation outgrows its prompt: what is left out at first is summarized in the background, then told."""

import asyncio

import pytest
from tests.application.conversations.chatting import ADA, BOB
from tests.application.conversations.long_talks import BUDGET, Talk
from tests.fakes.kernel.callers import an_admin

from ollamanet.domain.conversations.summary import SUMMARY_NOTE, summary_length
from ollamanet.domain.inference.errors import QueueFull, TooManyInFlight
from ollamanet.domain.kernel.chat import Role
from ollamanet.domain.kernel.errors import PromptTooLarge
from ollamanet.domain.kernel.model_terms import Overflow
from ollamanet.domain.kernel.reply import Usage

pytestmark = pytest.mark.anyio

NOTHING = (0, 0, 0, 0)
FITS = 11
"""Questions that fit with their answers."""


async def test_the_first_answer_that_overflows_trims_and_the_next_one_is_told_the_summary() -> None:
    talk = Talk()
    await talk.go_on(FITS)
    assert talk.asked_for_summaries == []
    await talk.go_on(1)
    await talk.rest()
    summary = await talk.summary()
    await talk.go_on(1)

    assert summary is not None
    assert talk.cuts == [(0, 0)] * FITS + [(1, 0), (0, summary.turns)]
    assert (talk.accepted[-1].trimmed_turns, talk.accepted[-1].summarized_turns) == (0, summary.turns)
    assert talk.accepted[-1].prompt_tokens <= BUDGET
    system, first, *_ = talk.said[-1].turns
    assert (system.role, system.text) == (Role.SYSTEM, f"{SUMMARY_NOTE}> They talk of words.")
    assert first.role is Role.USER
    assert len(talk.said[-1].turns) - 1 + summary.turns == 2 * FITS + 3
    assert talk.said[-1].trimmed == 0


async def test_a_summary_is_kept_with_what_it_covers_and_how_it_was_made() -> None:
    talk = Talk()
    await talk.go_on(FITS + 1)
    await talk.rest()
    summary, messages = await talk.summary(), talk.store.messages(talk.conversation_id)

    assert summary is not None
    assert (summary.text, summary.model, summary.usage) == ("They talk of words.", "llama3:latest", Usage(12, 3))
    assert messages[summary.turns - 1].id == summary.covers_to
    assert messages[summary.turns - 1].created_at == summary.covers_to_at
    assert summary.created_at >= messages[-1].created_at


async def test_is_asked_for_as_background_work_of_the_same_user_with_bounds() -> None:
    talk = Talk()
    admin = an_admin(1)
    await talk.go_on(FITS + 1, actor=admin)
    await talk.rest()
    (request,) = talk.asked_for_summaries
    summary = await talk.summary()

    assert summary is not None
    assert (request.user, request.roles, request.affinity) == (ADA.user_id, {"Admin"}, None)
    assert request.request_id.startswith("summary-")
    assert request.sampling.options["num_predict"] == summary_length(BUDGET)
    assert request.sampling.think is False
    assert request.prompt_tokens <= BUDGET
    assert request.turns[1].text.count("User:\n> word word") + request.turns[1].text.count("> Hello") == summary.turns


async def test_a_stored_summary_is_used_again_and_again_and_then_extended() -> None:
    talk = Talk()
    await talk.go_on(FITS + 1)
    await talk.rest()
    first = await talk.summary()
    assert first is not None
    while len(talk.asked_for_summaries) == 1:
        await talk.go_on(1)
        await talk.rest()
    second = await talk.summary()
    assert second is not None
    with_summary = talk.cuts[FITS + 1 :]

    assert len(with_summary) > 2
    assert [cut for cut in with_summary[:-1] if cut != (0, first.turns)] == []
    assert with_summary[-1] == (2, first.turns)
    assert "Summary so far:\n> They talk of words.\n" in talk.asked_for_summaries[1].turns[1].text
    assert second.turns > first.turns
    assert talk.store.messages(talk.conversation_id)[second.turns - 1].id == second.covers_to


async def test_a_reply_never_waits_for_a_summary() -> None:
    talk = Talk(3600.0, slots=1)
    await talk.go_on(FITS + 1)

    assert asyncio.get_running_loop().time() < 1001
    assert talk.answered is not None
    assert talk.background.running == 1
    await talk.background.aclose()
    assert talk.in_use == NOTHING


async def test_two_tabs_that_overflow_at_once_make_one_summary() -> None:
    talk = Talk(1.0, "Short.", slots=9)
    await talk.go_on(FITS)
    await asyncio.gather(talk.go_on(1), talk.go_on(1), talk.go_on(1))
    await talk.rest()

    assert len(talk.asked_for_summaries) == 1


@pytest.mark.parametrize("overflow", [Overflow.TRIM, None])
async def test_nobody_gets_a_summary_who_did_not_ask(overflow: Overflow) -> None:
    talk = Talk()
    await talk.go_on(FITS + 2, overflow=overflow)
    await talk.rest()

    assert (talk.asked_for_summaries, await talk.summary()) == ([], None)
    assert talk.cuts[-1] == (3, 0)


async def test_a_longer_conversation_than_fits_into_one_prompt_is_summarized_in_rounds() -> None:
    talk = Talk()
    await talk.go_on(50, overflow=Overflow.TRIM)
    await talk.go_on(1)
    await talk.rest()
    summary = await talk.summary()
    texts = [request.turns[1].text for request in talk.asked_for_summaries]

    assert summary is not None
    assert len(texts) == 4
    assert [text.startswith("Summary so far:") for text in texts] == [False, True, True, True]
    assert sum(text.count("User:") + text.count("Assistant:") for text in texts) == summary.turns
    await talk.go_on(1)
    trimmed, summarized = talk.cuts[-1]
    assert trimmed > 0
    assert summarized == summary.turns


async def test_messages_that_are_not_read_back_are_counted_and_summarized_all_the_same() -> None:
    talk = Talk(history_limit=6)
    await talk.go_on(6, overflow=Overflow.TRIM)
    assert talk.cuts[-1] == (4, 0)
    await talk.go_on(1)
    await talk.rest()
    summary = await talk.summary()
    await talk.go_on(2)

    assert summary is not None
    assert talk.cuts[-3:] == [(6, 0), (0, 10), (0, 10)]
    assert talk.asked_for_summaries[0].turns[1].text.count("User:") == 5


async def test_rejecting_counts_messages_that_are_not_read_back() -> None:
    talk = Talk(history_limit=6)
    await talk.go_on(3)
    await talk.go_on(1, overflow=Overflow.REJECT)
    with pytest.raises(PromptTooLarge, match="more than the 7 turns that are looked at"):
        await talk.go_on(1, overflow=Overflow.REJECT)

    assert talk.cuts == [(0, 0)] * 4


class TestGivesWay:
    """A summary never stands in the way of a question."""

    async def test_when_its_user_may_have_no_more_in_flight(self) -> None:
        talk = Talk(3600.0, slots=9, at_once=1)
        await talk.go_on(FITS + 1)
        await asyncio.sleep(1)
        assert talk.in_use == (1, 0, 1, 1)
        await talk.go_on(1)

        assert talk.cuts[-1] == (3, 0)
        assert len(talk.asked_for_summaries) == 1

    async def test_when_the_queue_is_full(self) -> None:
        talk = Talk(slots=1, depth=1)
        await talk.go_on(FITS)
        running = talk.take_slot()
        asking = asyncio.ensure_future(talk.go_on(1))
        await asyncio.sleep(1)
        running.leave()
        await asking
        running = talk.take_slot()
        await asyncio.sleep(1)
        assert talk.in_use[:2] == (1, 1)
        asking = asyncio.ensure_future(talk.ask("Hi", actor=BOB))
        await asyncio.sleep(1)
        running.leave()
        await asking

        assert talk.background.running == 0
        assert talk.asked_for_summaries == []

    @pytest.mark.parametrize(
        ("bounds", "refusal"), [({"at_once": 0}, TooManyInFlight), ({"slots": 1, "depth": 0}, QueueFull)]
    )
    async def test_and_where_there_is_none_the_refusal_stands(
        self, bounds: dict[str, int], refusal: type[Exception]
    ) -> None:
        talk = Talk(**bounds)
        place = talk.take_slot()
        with pytest.raises(refusal):
            await talk.go_on(1)
        place.leave()

        assert talk.in_use == NOTHING
