"""A question that is shared, and one whose answer would be too old."""

import asyncio

import pytest

from ollamanet.infrastructure.inference.replica_question import SharedQuestion

pytestmark = pytest.mark.anyio


class Asked:
    """Answers when it is told to, and counts."""

    def __init__(self) -> None:
        self.begun = 0
        self.go_on = asyncio.Event()

    async def __call__(self) -> None:
        self.begun += 1
        await self.go_on.wait()
        self.go_on.clear()


async def test_all_who_ask_meanwhile_share_an_answer() -> None:
    asked = Asked()
    question = SharedQuestion(asked, "q")
    both = asyncio.gather(question(), question())
    await asyncio.sleep(0)
    asked.go_on.set()
    await both

    assert (asked.begun, question.asked) == (1, False)


async def test_whoever_needs_a_new_answer_has_it_asked_once_more_and_all_wait_for_that() -> None:
    asked = Asked()
    question = SharedQuestion(asked, "q")
    first = asyncio.ensure_future(question())
    await asyncio.sleep(0.001)
    question.begin_anew()
    question.begin_anew()
    asked.go_on.set()
    await asyncio.sleep(0.001)
    assert (asked.begun, first.done()) == (2, False)

    asked.go_on.set()
    await first
    assert (asked.begun, question.asked) == (2, False)


async def test_a_new_answer_where_nothing_is_being_asked_is_one_question() -> None:
    asked = Asked()
    question = SharedQuestion(asked, "q")
    question.begin_anew()
    asked.go_on.set()
    await question()
    assert asked.begun == 1

    await question.aclose()
    question.begin_anew()
    assert not question.asked
