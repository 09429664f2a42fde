"""What prompts cost each model is learnt from what they did cost, and no count does much harm."""

import pytest
from bench.token_facts import OVERHEAD, prompts
from hypothesis import given
from hypothesis import strategies as st
from tests.strategies.turns import turns

from ollamanet.domain.inference.token_calibration import TokenCalibration
from ollamanet.domain.kernel.chat import Role, Turn
from ollamanet.domain.kernel.model_name import ModelName
from ollamanet.domain.kernel.token_estimate import IMAGE_TOKENS, estimate_turn

MODEL, OTHER = ModelName.parse("llama3"), ModelName.parse("qwen2")
LONG = Turn(Role.USER, "word " * 2000)
COUNTS = st.one_of(st.integers(-5, 5), st.integers(1, 10_000), st.sampled_from([2**53, 10**30]))


def estimate(calibration: TokenCalibration, said: list[Turn], model: ModelName = MODEL) -> int:
    return sum(map(calibration.counter(model), said)) + calibration.overhead(model)


def taught(factor: float, *, times: int, calibration: TokenCalibration | None = None) -> TokenCalibration:
    """A calibration that saw so many long prompts cost a factor of what is estimated at first."""
    calibration = calibration or TokenCalibration()
    for _ in range(times):
        measured = int(factor * estimate_turn(LONG))
        calibration.learn(MODEL, estimated=estimate(calibration, [LONG]), measured=measured)
    return calibration


@given(turn=turns)
def test_begins_with_the_plain_estimate(turn: Turn) -> None:
    assert TokenCalibration().counter(MODEL)(turn) == estimate_turn(turn)


@pytest.mark.parametrize("factor", [0.6, 0.8, 1.0, 1.5, 3.0])
def test_finds_the_factor_of_a_model_from_either_side(factor: float) -> None:
    calibration = taught(factor, times=600)

    assert 1.0 <= (estimate(calibration, [LONG]) + 40) / (factor * estimate_turn(LONG)) < 1.15


def test_is_too_low_for_one_prompt_in_twenty_while_it_learns_on() -> None:
    calibration, low = TokenCalibration(), 0
    asked = list(prompts("llama3", ("prose", "code", "json"), count=1500, seed=5))
    for number, prompt in enumerate(asked):
        estimated = estimate(calibration, list(prompt.turns))
        low += number >= 500 and prompt.tokens > estimated
        calibration.learn(MODEL, estimated=estimated, measured=prompt.tokens)

    assert 0.02 < low / 1000 < 0.08


def test_finds_what_comes_with_every_prompt_from_short_ones() -> None:
    calibration = TokenCalibration()
    hello = [Turn(Role.USER, "hi")]
    for _ in range(400):
        calibration.learn(MODEL, estimated=estimate(calibration, hello), measured=6 + 200)

    assert 190 <= calibration.overhead(MODEL) <= 220
    assert calibration.counter(MODEL)(LONG) < 1.3 * estimate_turn(LONG)


def test_prompts_that_cost_less_than_least_are_few() -> None:
    calibration, less, judged = TokenCalibration(), 0, 0
    for number, prompt in enumerate(prompts("qwen2", ("cjk", "code"), count=1500, seed=6)):
        estimated = estimate(calibration, list(prompt.turns))
        if number >= 500 and estimated > 500:
            judged += 1
            less += prompt.tokens < calibration.least(MODEL, estimated)
        calibration.learn(MODEL, estimated=estimated, measured=prompt.tokens)

    assert judged > 200
    assert less / judged < 0.08
    assert calibration.least(MODEL, 4000) > 1600


def test_learns_each_model_by_itself_whatever_the_case_of_its_name() -> None:
    calibration = taught(0.6, times=300)

    assert calibration.counter(ModelName.parse("LLAMA3"))(LONG) < calibration.counter(OTHER)(LONG)
    assert calibration.counter(OTHER)(LONG) == estimate_turn(LONG)


def test_a_counter_goes_on_as_it_was_when_it_was_given_out() -> None:
    calibration = taught(0.6, times=100)
    count = calibration.counter(MODEL)
    before = count(LONG)
    taught(2.0, times=10, calibration=calibration)

    assert count(LONG) == before < calibration.counter(MODEL)(LONG)


def test_an_image_costs_the_same_for_every_model() -> None:
    count = taught(0.6, times=300).counter(MODEL)

    assert count(Turn(Role.USER, "look", images=("aGk=", "aGk="))) == count(Turn(Role.USER, "look")) + 2 * IMAGE_TOKENS


@given(pairs=st.lists(st.tuples(COUNTS, COUNTS), max_size=60))
def test_no_counts_whatever_lead_out_of_bounds(pairs: list[tuple[int, int]]) -> None:
    calibration = TokenCalibration()
    for estimated, measured in pairs:
        calibration.learn(MODEL, estimated=estimated, measured=measured)

    assert 0.5 <= calibration.counter(MODEL)(LONG) / estimate_turn(LONG) <= 4.01
    assert 0 <= calibration.overhead(MODEL) <= 1024
    assert all(0 <= calibration.least(MODEL, tokens) <= tokens for tokens in (0, 1, 50, 4096, 10**9))


@pytest.mark.parametrize("measured", [0, -1, 400, 10**6, 10**30])
def test_counts_that_no_tokenizer_explains_teach_nothing(measured: int) -> None:
    calibration, untaught = taught(0.8, times=100), taught(0.8, times=100)
    calibration.learn(MODEL, estimated=4000, measured=measured)
    calibration.learn(MODEL, estimated=0, measured=100)

    assert estimate(calibration, [LONG]) == estimate(untaught, [LONG])
    assert calibration.least(MODEL, 4000) == untaught.least(MODEL, 4000)


@pytest.mark.parametrize("factor", [0.15, 7.0])
def test_one_strange_count_moves_a_settled_estimate_by_little(factor: float) -> None:
    calibration = taught(0.8, times=400)
    before = calibration.counter(MODEL)(LONG)
    taught(factor, times=1, calibration=calibration)

    assert calibration.counter(MODEL)(LONG) == pytest.approx(before, rel=0.02)


def test_a_few_low_counts_among_many_do_not_lower_it() -> None:
    calibration = taught(0.8, times=400)
    for _ in range(200):
        taught(0.8, times=9, calibration=calibration)
        taught(0.2, times=1, calibration=calibration)

    assert estimate(calibration, [LONG]) >= 0.78 * estimate_turn(LONG)


def test_forgets_the_model_that_was_not_used_for_the_longest_time() -> None:
    calibration = TokenCalibration(most=2)
    for name in ("a", "b", "a", "c"):
        calibration.learn(ModelName.parse(name), estimated=100, measured=700)

    known = [name for name in "abc" if calibration.counter(ModelName.parse(name))(LONG) > estimate_turn(LONG)]
    assert known == ["a", "c"]


def test_asking_alone_is_not_remembered() -> None:
    calibration = TokenCalibration(most=1)
    calibration.learn(MODEL, estimated=100, measured=700)
    for number in range(10):
        calibration.counter(ModelName(f"m{number}"))

    assert calibration.counter(MODEL)(LONG) > estimate_turn(LONG)


def test_the_prompts_of_the_facts_have_the_overhead_that_they_say() -> None:
    first = next(prompts("llama3", ("prose",), count=1, seed=1))

    assert first.tokens > OVERHEAD
    assert all(turn.text for turn in first.turns)
