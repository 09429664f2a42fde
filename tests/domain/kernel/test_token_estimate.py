"""The estimate of a prompt's size: cheap, additive, and rather too high than too low."""

import math
import re
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.strategies.turns import turns

import ollamanet
from ollamanet.domain.kernel.chat import Role, Sampling, ToolCall, Turn
from ollamanet.domain.kernel.token_estimate import (
    IMAGE_TOKENS,
    TURN_OVERHEAD,
    estimate_sampling,
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
def test_a_text_costs_no_less_than_its_parts(left: str, right: str) -> None:
    assert max(estimate_tokens(left), estimate_tokens(right)) <= estimate_tokens(left + right)


@given(left=st.text("aZ .,{}\u4e2d", max_size=40), right=st.text("aZ .,{}\u4e2d", max_size=40))
def test_where_no_numbers_are_a_text_costs_what_its_parts_cost(left: str, right: str) -> None:
    both = estimate_tokens(left) + estimate_tokens(right)

    assert both - 1 <= estimate_tokens(left + right) <= both


@given(text=texts)
def test_no_text_costs_more_tokens_than_it_has_bytes(text: str) -> None:
    assert estimate_tokens(text) <= len(text.encode("utf-8", "surrogatepass"))


@pytest.mark.parametrize("text", ["word ", "12.50, ", "\u4e2d\u6587", "na\u00efve "])
def test_the_interpreter_does_no_more_for_a_long_text_than_for_a_short_one(text: str) -> None:
    assert steps_for(text * 10_000) == steps_for(text)


def steps_for(text: str) -> int:
    """Calls that the interpreter makes, into functions of Python and of C: what it does a byte would show."""
    steps = 0

    def counting(*_: object) -> None:
        nonlocal steps
        steps += 1

    before = sys.getprofile()
    sys.setprofile(counting)
    try:
        estimate_tokens(text)
    finally:
        sys.setprofile(before)
    return steps


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


def test_letters_and_spaces_among_numbers_stand_alone() -> None:
    assert estimate_tokens("9f86d081 884c7d65 9a2feaa0 c55ad015") > 30
    assert estimate_tokens("in 2024 they had 12 of them") < 20


@pytest.mark.parametrize("part", ["tools", "format"])
def test_tools_and_a_schema_cost_a_token_for_three_bytes(part: str) -> None:
    schema = '{"type": "object", "title": "\u00e9"}'

    assert estimate_sampling(Sampling(**{part: schema})) == math.ceil(len(schema.encode()) / 3)
    assert estimate_sampling(Sampling(tools=schema, format=schema)) == 2 * estimate_sampling(Sampling(tools=schema))
    assert estimate_sampling(Sampling()) == 0
