"""A prompt that Ollama cut is told from one that was over-estimated."""

import pytest
from bench.token_facts import kinds, prompts, tokenizers
from hypothesis import given
from hypothesis import strategies as st

from ollamanet.domain.inference.token_calibration import TokenCalibration
from ollamanet.domain.inference.truncation import prompt_was_cut, window_was_outgrown
from ollamanet.domain.kernel.model_name import ModelName

MODEL = ModelName.parse("llama3")
tokens = st.integers(0, 20_000)


def cut(measured: int, *, estimated: int, window: int | None = 4096, least: float = 0.7) -> bool:
    return prompt_was_cut(estimated=estimated, least=int(least * estimated), measured=measured, window=window)


@pytest.mark.parametrize("kept", [0, 4, 5])
@pytest.mark.parametrize("window", [4096, 8192, 5000])
def test_half_a_window_where_more_was_expected_is_a_cut(window: int, kept: int) -> None:
    measured = window - (window - kept) // 2

    assert cut(measured, estimated=window, window=window)
    assert cut(measured, estimated=int(window * 0.9), window=window)
    assert not cut(measured + 20, estimated=window, window=window)


def test_half_a_window_is_nothing_strange_where_no_more_was_expected() -> None:
    assert not cut(2050, estimated=2600)
    assert not cut(2050, estimated=2050, least=1.0)
    assert not cut(2050, estimated=4096, least=0.5)


def test_without_a_pinned_window_the_usual_ones_are_tried() -> None:
    assert cut(2050, estimated=4096, window=None)
    assert cut(16_386, estimated=33_000, window=None)
    assert not cut(2500, estimated=5000, window=None, least=0.51)


def test_fewer_tokens_than_the_window_where_even_the_least_would_not_fit_are_a_cut() -> None:
    assert cut(3900, estimated=7000)
    assert not cut(5000, estimated=7000)
    assert not cut(3900, estimated=5700)


def test_a_count_far_below_the_least_is_a_cut_only_if_the_prompt_could_have_filled_the_window() -> None:
    assert cut(300, estimated=4000)
    assert not cut(300, estimated=3000)
    assert cut(300, estimated=4000, window=None)
    assert not cut(300, estimated=3000, window=None)


@given(estimated=tokens, share=st.floats(0, 1), measured=tokens, window=st.none() | st.integers(1, 10_000))
def test_what_is_not_below_the_least_is_no_cut(estimated: int, share: float, measured: int, window: int | None) -> None:
    least = int(share * estimated)
    found = prompt_was_cut(estimated=estimated, least=least, measured=measured, window=window)

    assert not found or 0 < measured < least


@pytest.mark.parametrize("measured", [0, -1])
def test_a_count_that_is_missing_tells_nothing(measured: int) -> None:
    assert not cut(measured, estimated=10_000)


@pytest.mark.parametrize("tokenizer", tokenizers())
@pytest.mark.parametrize("window", [None, 1024, 4096])
def test_prompts_that_were_not_cut_raise_no_alarm_while_their_cost_is_being_learnt(
    tokenizer: str, window: int | None
) -> None:
    calibration, alarms = TokenCalibration(), 0
    for prompt in prompts(tokenizer, kinds(), count=600, seed=9):
        estimated = sum(map(calibration.counter(MODEL), prompt.turns)) + calibration.overhead(MODEL)
        least = calibration.least(MODEL, estimated)
        fits = window is None or prompt.tokens <= window
        alarms += fits and prompt_was_cut(estimated=estimated, least=least, measured=prompt.tokens, window=window)
        calibration.learn(MODEL, estimated=estimated, measured=prompt.tokens)

    assert alarms <= 1


def test_prompts_that_were_cut_to_half_the_window_are_found_once_their_cost_is_known() -> None:
    calibration, found, cuts = TokenCalibration(), 0, 0
    for number, prompt in enumerate(prompts("llama3", ("prose", "code"), count=900, seed=3)):
        estimated = sum(map(calibration.counter(MODEL), prompt.turns)) + calibration.overhead(MODEL)
        if prompt.tokens <= 1024:
            calibration.learn(MODEL, estimated=estimated, measured=prompt.tokens)
        elif number > 300:
            cuts += 1
            least = calibration.least(MODEL, estimated)
            found += prompt_was_cut(estimated=estimated, least=least, measured=514, window=1024)

    assert found == cuts > 50


def test_a_window_that_prompt_and_answer_outgrow_is_told_of() -> None:
    assert window_was_outgrown(measured=4000, answered=97, window=4096)
    assert not window_was_outgrown(measured=4000, answered=96, window=4096)
    assert not window_was_outgrown(measured=4000, answered=97, window=None)


def test_nothing_is_said_of_windows_that_ollama_may_have_widened() -> None:
    assert not window_was_outgrown(measured=1000, answered=100, window=1024)
