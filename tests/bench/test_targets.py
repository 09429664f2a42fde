import pytest
from bench.targets import TARGETS, Target, judge, median_figure, median_ratio, with_added_times

HALF_OF_THE_RELAY = Target("rate", "gateway", "rate", "relay", 0.5, at_most=False)
TWICE_THE_RELAY = Target("cost", "gateway", "cost", "relay", 2.0, at_most=True)
TWO_SECONDS = Target("start", "gateway", "start", None, 2.0, at_most=True, unit="s")


def rounds(figure: str, gateway: list[float], relay: list[float]) -> list[dict[str, dict[str, float]]]:
    return [{"gateway": {figure: over}, "relay": {figure: under}} for over, under in zip(gateway, relay, strict=True)]


def test_takes_the_median_of_the_rounds_that_have_the_figure() -> None:
    measured = [{"relay": {"rate": 5.0}}, {"relay": {}}, {"relay": {"rate": 1.0}}, {}, {"relay": {"rate": 9.0}}]

    assert median_figure(measured, "relay", "rate") == 5.0
    assert median_figure(measured, "gateway", "rate") is None


def test_takes_ratios_within_a_round_so_that_a_slow_round_changes_nothing() -> None:
    measured = rounds("rate", gateway=[50.0, 5.0, 25.0], relay=[100.0, 10.0, 50.0])

    assert median_ratio(measured, "gateway", "relay", "rate") == 0.5


def test_leaves_rounds_out_in_which_noise_swallowed_the_lower_side() -> None:
    measured = rounds("added", gateway=[3.0, 9.0, 4.0], relay=[1.0, -0.1, 0.0])

    assert median_ratio(measured, "gateway", "relay", "added") == 3.0


def test_says_nothing_when_noise_swallowed_every_round() -> None:
    measured = rounds("cost", gateway=[3.0], relay=[-0.1])

    assert judge(TWICE_THE_RELAY, measured).outcome == "too noisy"


def test_adds_what_a_variant_takes_longer_than_the_direct_way() -> None:
    direct = {"first_token_p50_ms": 0.5, "first_token_p95_ms": 0.75}
    relay = {"first_token_p50_ms": 0.75, "first_token_p95_ms": 1.5, "rate": 7.0}

    added = with_added_times({"direct": direct, "relay": relay})

    assert added["relay"] == relay | {"added_p50_ms": 0.25, "added_p95_ms": 0.75}
    assert added["direct"] == direct


def test_adds_no_times_where_nothing_was_measured_directly() -> None:
    assert with_added_times({"relay": {"first_token_p50_ms": 0.75}}) == {"relay": {"first_token_p50_ms": 0.75}}


@pytest.mark.parametrize(("gateway", "outcome"), [(49.0, "MISS"), (50.0, "PASS"), (51.0, "PASS")])
def test_a_rate_must_reach_its_bound(gateway: float, outcome: str) -> None:
    assert judge(HALF_OF_THE_RELAY, rounds("rate", [gateway], [100.0])).outcome == outcome


@pytest.mark.parametrize(("gateway", "outcome"), [(19.0, "PASS"), (20.0, "PASS"), (21.0, "MISS")])
def test_a_cost_must_not_pass_its_bound(gateway: float, outcome: str) -> None:
    assert judge(TWICE_THE_RELAY, rounds("cost", [gateway], [10.0])).outcome == outcome


def test_a_target_without_another_side_is_taken_as_it_stands() -> None:
    verdict = judge(TWO_SECONDS, [{"gateway": {"start": seconds}} for seconds in (1.0, 1.5, 8.0)])

    assert (verdict.value, verdict.outcome) == (1.5, "PASS")


def test_a_target_is_not_reached_by_leaving_its_variant_out() -> None:
    assert judge(HALF_OF_THE_RELAY, [{"relay": {"rate": 100.0}}]).outcome == "not run"
    assert judge(HALF_OF_THE_RELAY, [{"gateway": {"rate": 100.0}}]).outcome == "not run"


def test_rows_of_the_native_surface_are_named_as_not_built() -> None:
    outcomes = {judge(target, []).outcome for target in TARGETS if target.variant == "native"}

    assert outcomes == {"not built"}
