"""How far the estimate is off, by kind of text and tokenizer, before and after it learnt from counts."""

import sys
from statistics import fmean

import pytest
from bench.token_estimate import Error, error_of
from bench.token_facts import counted_texts, kinds, tokenizers

from ollamanet.domain.kernel.token_estimate import estimate_tokens

LARGE_VOCABULARIES = ("llama3", "mistral_nemo", "qwen2")
KINDS = ("prose", "code", "digits", "cjk", "json", "other")


@pytest.fixture(scope="module")
def errors() -> dict[tuple[str, str], tuple[Error, Error]]:
    return {
        (kind, name): (error_of(name, (kind,), learning=0), error_of(name, (kind,), learning=500))
        for kind in KINDS
        for name in tokenizers()
    }


def test_the_facts_are_whole() -> None:
    assert set(kinds()) == set(KINDS)
    assert all(count > 0 for text in counted_texts() for count in text.tokens.values())
    assert min(sum(text.kind == kind for text in counted_texts()) for kind in KINDS) >= 8


def test_prints_the_error_of_each_kind(errors: dict[tuple[str, str], tuple[Error, Error]]) -> None:
    rows = ["estimate over count: before (lowest, median, 95 %), after (too low, lowest, median, 95 %)"]
    for (kind, name), (before, after) in errors.items():
        rows.append(
            f"{kind:7}{name:13}{before.lowest:6.2f}{before.median:6.2f}{before.high:6.2f}"
            f"{after.below:9.1%}{after.lowest:6.2f}{after.median:6.2f}{after.high:6.2f}"
        )
    sys.stdout.write("\n".join(rows) + "\n")
    assert len(errors) == len(KINDS) * len(tokenizers())


def test_a_text_is_never_taken_for_much_less_than_it_costs_before_anything_was_learnt() -> None:
    for text in counted_texts():
        factors = {name: estimate_tokens(text.text) / tokens for name, tokens in text.tokens.items()}

        assert min(factors[name] for name in LARGE_VOCABULARIES) >= 0.97, text
        assert min(factors.values()) >= 0.84, text


def test_prompts_are_over_estimated_at_first_and_by_no_more_than_three_times(
    errors: dict[tuple[str, str], tuple[Error, Error]],
) -> None:
    assert all(before.lowest >= 0.89 for before, _ in errors.values())
    assert all(before.lowest >= 0.98 for (_, name), (before, _) in errors.items() if name in LARGE_VOCABULARIES)
    assert all(before.high < 3.0 for before, _ in errors.values())


def test_learning_leaves_one_in_twenty_too_low_and_none_by_much(
    errors: dict[tuple[str, str], tuple[Error, Error]],
) -> None:
    learnt = [after for _, after in errors.values()]

    assert fmean(after.below for after in learnt) <= 0.06
    assert max(after.below for after in learnt) <= 0.12
    assert min(after.lowest for after in learnt) >= 0.85


def test_learning_takes_most_of_what_was_too_high(errors: dict[tuple[str, str], tuple[Error, Error]]) -> None:
    for (kind, _), (before, after) in errors.items():
        assert after.median <= before.median * 1.03
        assert after.median < (1.6 if kind == "other" else 1.4)
    high = [(before.median, after.median) for before, after in errors.values() if before.median > 1.3]
    assert fmean(after for _, after in high) - 1 < 0.5 * (fmean(before for before, _ in high) - 1)
