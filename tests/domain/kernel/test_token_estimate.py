"""The estimate of a prompt's size: cheap, additive, and rather too high than too low."""

import math
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.strategies.turns import histories, turns

import ollamanet
from ollamanet.domain.kernel.chat import Role, ToolCall, Turn
from ollamanet.domain.kernel.token_estimate import (
    IMAGE_TOKENS,
    TURN_OVERHEAD,
    estimate_prompt,
    estimate_tokens,
    estimate_turn,
)

texts = st.text(st.characters(), max_size=40) | st.text("aZ 09\n.,{}\u4e2d\U0001f680\ud800", max_size=40)

# A tokenizer of the Qwen family first cuts a text into these pieces, and no token reaches across two of them:
# so there are at least as many tokens. (Letters of other scripts are left out: the samples have none.)
_PIECE = re.compile(
    r"'(?:[sdmt]|re|ve|ll)|[^\r\nA-Za-z0-9]?[A-Za-z]+|[0-9]| ?[^\sA-Za-z0-9]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
    re.IGNORECASE,
)
SAMPLES = (
    "The quick brown fox jumps over the lazy dog.",
    "def add(a: int, b: int) -> int:\n    return a + b\n",
    "for (let i = 0; i < n; i++) { s += a[i]; }",
    "SELECT a.id, b.name FROM a JOIN b ON a.id = b.a_id WHERE a.x > 3;",
    '{"name": "Ada", "age": 36, "born": "1815-12-10"}',
    "| a | b |\n|---|---|\n| 1 | 2 |\n",
    "3.14159265358979323846",
    "\n\n\n\n",
    " " * 40,
)


@pytest.mark.parametrize("text", SAMPLES)
def test_errs_high_on_prose_code_and_numbers(text: str) -> None:
    assert len(_PIECE.findall(text)) <= estimate_tokens(text)


def test_errs_high_on_whole_files_of_code_but_not_absurdly_so() -> None:
    ratios = [
        estimate_tokens(text) / len(_PIECE.findall(text))
        for file in Path(ollamanet.__file__).parent.rglob("*.py")
        if (text := file.read_text(encoding="utf-8")).isascii() and text
    ]

    assert min(ratios) > 1.0
    assert max(ratios) < 2.5


@given(left=texts, right=texts)
def test_a_text_costs_no_less_than_its_parts_and_no_more_than_both(left: str, right: str) -> None:
    whole = estimate_tokens(left + right)

    assert max(estimate_tokens(left), estimate_tokens(right)) <= whole
    assert estimate_tokens(left) + estimate_tokens(right) - 1 <= whole <= estimate_tokens(left) + estimate_tokens(right)


@given(text=texts)
def test_the_order_of_the_letters_does_not_matter(text: str) -> None:
    assert estimate_tokens(text[::-1]) == estimate_tokens(text)


@given(text=texts)
def test_only_nothing_costs_nothing(text: str) -> None:
    assert (estimate_tokens(text) == 0) == (text == "")


@given(digits=st.text("0123456789", max_size=50))
def test_every_digit_may_be_a_token_of_its_own(digits: str) -> None:
    assert estimate_tokens(digits) >= len(digits)


@given(text=st.text(st.characters(min_codepoint=0x3040, max_codepoint=0x9FFF), max_size=50))
def test_every_character_of_chinese_and_japanese_costs_more_than_one(text: str) -> None:
    assert estimate_tokens(text) >= math.ceil(1.5 * len(text))


def test_a_lone_surrogate_has_a_cost_too() -> None:
    assert estimate_tokens("\ud800") == 2


@given(turn=turns)
def test_a_turn_costs_its_text_its_images_its_calls_and_the_template(turn: Turn) -> None:
    bare = estimate_turn(Turn(turn.role, turn.text))

    assert bare == estimate_tokens(turn.text) + TURN_OVERHEAD
    assert estimate_turn(turn) >= bare + IMAGE_TOKENS * len(turn.images) + TURN_OVERHEAD * len(turn.tool_calls)


def test_a_call_costs_its_name_and_its_arguments() -> None:
    short = Turn(Role.ASSISTANT, "", tool_calls=(ToolCall("call_1", "f", "{}"),))
    long = Turn(Role.ASSISTANT, "", tool_calls=(ToolCall("call_1", "f", '{"city": "Paris"}'),))

    assert estimate_turn(long) - estimate_turn(short) == estimate_tokens('{"city": "Paris"}') - estimate_tokens("{}")


@given(history=histories)
def test_a_prompt_costs_the_sum_of_its_turns(history: list[Turn]) -> None:
    assert estimate_prompt(history) == sum(estimate_turn(turn) for turn in history)
    assert estimate_prompt(()) == 0
