"""Summaries that fail are tried ever more rarely, and what is remembered of them is bounded."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ollamanet.domain.conversations.summary_pauses import Attempt, SummaryPauses
from ollamanet.domain.kernel.ids import ConversationId
from ollamanet.domain.kernel.model_name import ModelName


def attempt(number: int = 1, model: str = "llama3") -> Attempt:
    return ConversationId(UUID(int=number)), ModelName(model)


def test_what_never_failed_may_be_tried() -> None:
    assert SummaryPauses().over(attempt(), 0.0)


@pytest.mark.parametrize(("failures", "pause"), [(1, 60), (2, 120), (3, 240), (6, 1920), (7, 3600), (5000, 3600)])
def test_each_failure_is_followed_by_a_longer_pause_up_to_the_longest(failures: int, pause: float) -> None:
    pauses = SummaryPauses()
    for _ in range(failures):
        pauses.failed(attempt(), 100.0)

    assert not pauses.over(attempt(), 99.9 + pause)
    assert pauses.over(attempt(), 100.0 + pause)


def test_other_conversations_and_other_models_are_not_held_up() -> None:
    pauses = SummaryPauses()
    pauses.failed(attempt(), 0.0)

    assert pauses.over(attempt(2), 0.0)
    assert pauses.over(attempt(model="qwen3"), 0.0)


def test_a_success_forgets_the_failures() -> None:
    pauses = SummaryPauses()
    pauses.failed(attempt(), 0.0)
    pauses.succeeded(attempt())
    assert (pauses.over(attempt(), 0.0), len(pauses)) == (True, 0)

    pauses.failed(attempt(), 0.0)
    assert pauses.over(attempt(), 60.0)


@given(st.lists(st.integers(1, 8)))
def test_no_more_is_remembered_than_the_last_that_failed(numbers: list[int]) -> None:
    pauses = SummaryPauses(most=3)
    for number in numbers:
        pauses.failed(attempt(number), 0.0)
    last = list(dict.fromkeys(reversed(numbers)))[:3]

    assert len(pauses) == len(last)
    assert all(pauses.over(attempt(number), 0.0) is (number not in last) for number in range(1, 9))
