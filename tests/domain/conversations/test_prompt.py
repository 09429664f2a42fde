"""What of a conversation is said to the model."""

from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from tests.strategies.turns import histories, question

from ollamanet.domain.conversations.prompt import Prompt, build_prompt
from ollamanet.domain.kernel.chat import Role, Turn
from ollamanet.domain.kernel.errors import PromptTooLarge
from ollamanet.domain.kernel.model_terms import Overflow

systems = st.none() | st.text("ab", max_size=4)
budgets = st.integers(1, 25)


def letters(turn: Turn) -> int:
    return len(turn.text)


def cost(turns: list[Turn]) -> int:
    return sum(map(letters, turns))


def trimmed(system: str | None, turns: list[Turn], budget: int) -> Prompt:
    return build_prompt(system, turns, budget=budget, overflow=Overflow.TRIM, count=letters)


def said(text: str, role: Role = Role.USER) -> Turn:
    return Turn(role, text)


@given(system=systems, turns=histories, budget=budgets)
def test_keeps_the_longest_run_of_recent_turns_that_fits(system: str | None, turns: list[Turn], budget: int) -> None:
    assume(len(system or "") + cost(question(turns)) <= budget)
    prompt = trimmed(system, turns, budget)
    kept = turns[prompt.trimmed :]
    head = [Turn(Role.SYSTEM, system)] if system else []

    assert list(prompt.turns) == head + kept
    assert prompt.tokens == cost(head + kept) <= budget
    for longer in range(prompt.trimmed):
        assert cost(head + turns[longer:]) > budget or turns[longer].role is Role.TOOL


def exchanges(turns: list[Turn]) -> list[tuple[int, int]]:
    """Where each call and its results begin and end; another turn is one by itself."""
    starts = [index for index, turn in enumerate(turns) if turn.role is not Role.TOOL or index == 0]
    return list(zip(starts, [*starts[1:], len(turns)], strict=True))


@given(system=systems, turns=histories, budget=budgets, extra=st.integers(0, 5))
def test_a_call_and_its_results_stay_together_or_go_together(
    system: str | None, turns: list[Turn], budget: int, extra: int
) -> None:
    try:
        prompt = build_prompt(system, turns, budget=budget, overflow=Overflow.TRIM, count=letters, extra=extra)
    except PromptTooLarge:
        return

    assert all(not first < prompt.trimmed < end for first, end in exchanges(turns))


@given(system=systems, turns=histories, budget=budgets)
def test_never_begins_with_the_result_of_a_call_that_was_left_out(
    system: str | None, turns: list[Turn], budget: int
) -> None:
    assume(len(system or "") + cost(question(turns)) <= budget)
    prompt = trimmed(system, turns, budget)
    first = prompt.turns[1 if system else 0]

    assert first.role is not Role.TOOL or all(turn.role is Role.TOOL for turn in turns)


@given(system=systems, turns=histories, budget=budgets)
def test_always_keeps_the_instructions_and_the_question_or_refuses(
    system: str | None, turns: list[Turn], budget: int
) -> None:
    if len(system or "") + cost(question(turns)) > budget:
        with pytest.raises(PromptTooLarge, match=f"the limit is {budget}"):
            trimmed(system, turns, budget)
        return
    prompt = trimmed(system, turns, budget)

    assert list(prompt.turns[-len(question(turns)) :]) == question(turns)
    assert not system or prompt.turns[0] == Turn(Role.SYSTEM, system)


@given(system=systems, turns=histories, budget=budgets)
def test_a_larger_budget_never_drops_more(system: str | None, turns: list[Turn], budget: int) -> None:
    assume(len(system or "") + cost(question(turns)) <= budget)

    assert trimmed(system, turns, budget + 1).trimmed <= trimmed(system, turns, budget).trimmed


@given(system=systems, turns=histories, budget=budgets)
def test_rejecting_is_trimming_that_dropped_nothing(system: str | None, turns: list[Turn], budget: int) -> None:
    try:
        expected = trimmed(system, turns, budget)
    except PromptTooLarge:
        expected = None
    try:
        rejected = build_prompt(system, turns, budget=budget, overflow=Overflow.REJECT, count=letters)
    except PromptTooLarge:
        rejected = None

    whole = expected is not None and all(turn.role is Role.TOOL for turn in turns[: expected.trimmed])
    assert rejected == (expected if whole else None)


def test_a_budget_that_is_met_exactly_is_not_exceeded() -> None:
    assert trimmed("ss", [said("aaa"), said("bb")], 7) == Prompt(
        (Turn(Role.SYSTEM, "ss"), said("aaa"), said("bb")), trimmed=0, tokens=7
    )
    assert trimmed("ss", [said("aaa"), said("bb")], 6).turns == (Turn(Role.SYSTEM, "ss"), said("bb"))


def test_a_short_turn_before_a_long_one_is_not_kept_without_it() -> None:
    prompt = trimmed(None, [said("a"), said("bbbbbb", Role.ASSISTANT), said("cc")], 4)

    assert prompt == Prompt((said("cc"),), trimmed=2, tokens=2)


def test_results_go_with_the_call_that_was_dropped() -> None:
    call, result, answer = said("aaaa", Role.ASSISTANT), said("b", Role.TOOL), said("cc", Role.ASSISTANT)
    question = said("d")

    assert trimmed(None, [call, result, result, answer, question], 5).turns == (answer, question)
    assert trimmed(None, [call, result, result, answer, question], 9).turns[0] == call


def test_a_result_that_is_the_question_stays_with_its_call_or_is_refused() -> None:
    call, result = said("aaaa", Role.ASSISTANT), said("b", Role.TOOL)

    assert trimmed(None, [said("zz"), call, result, result], 6).turns == (call, result, result)
    with pytest.raises(PromptTooLarge, match="about 6 tokens"):
        trimmed(None, [said("zz"), call, result, result], 5)


def test_results_whose_call_was_not_read_back_go_and_that_is_no_overflow() -> None:
    result, answer, asked = said("b", Role.TOOL), said("cc", Role.ASSISTANT), said("d")

    prompt = build_prompt(None, [result, answer, asked], budget=9, overflow=Overflow.REJECT, count=letters)

    assert prompt == Prompt((answer, asked), trimmed=1, tokens=3)


@given(turns=histories, budget=budgets, earlier=st.integers(0, 3))
def test_what_was_not_even_looked_at_counts_as_left_out(turns: list[Turn], budget: int, earlier: int) -> None:
    assume(cost(question(turns)) <= budget)
    known = trimmed(None, turns, budget)
    prompt = build_prompt(None, turns, budget=budget, overflow=Overflow.TRIM, count=letters, earlier=earlier)

    assert prompt == replace(known, trimmed=known.trimmed + earlier)


def test_rejecting_refuses_to_leave_out_what_was_not_looked_at() -> None:
    with pytest.raises(PromptTooLarge, match="more than the 2 turns that are looked at, and overflow is 'reject'"):
        build_prompt(None, [said("a"), said("b")], budget=9, overflow=Overflow.REJECT, count=letters, earlier=1)


def test_what_is_sent_beside_the_turns_takes_its_share() -> None:
    turns = [said("aaa"), said("bb")]

    assert build_prompt(None, turns, budget=9, overflow=Overflow.TRIM, count=letters, extra=4) == Prompt(
        tuple(turns), trimmed=0, tokens=9
    )
    assert build_prompt(None, turns, budget=8, overflow=Overflow.TRIM, count=letters, extra=4).tokens == 6
    with pytest.raises(PromptTooLarge, match="about 9 tokens"):
        build_prompt(None, turns, budget=8, overflow=Overflow.TRIM, count=letters, extra=7)


def test_says_how_large_the_question_is_and_not_what_it_says() -> None:
    with pytest.raises(PromptTooLarge) as refused:
        trimmed("secret", [said("private words")], 5)

    assert refused.value.detail == "message: about 19 tokens, and the limit is 5"


def test_rejecting_says_that_it_was_asked_to() -> None:
    with pytest.raises(PromptTooLarge, match="overflow is 'reject'"):
        build_prompt(None, [said("aaa"), said("b")], budget=3, overflow=Overflow.REJECT, count=letters)
