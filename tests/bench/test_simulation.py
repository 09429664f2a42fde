"""What the simulation is to show holds on the worst hours of a small day, and its figures are what they say."""

from uuid import UUID

import pytest
from bench.queueing_rules import RULES
from bench.rag_day import FLEET, FLOOD, FLOODER, arrivals
from bench.simulate import Outcome, jain, main, max_min, others, percentile, simulate, worst_user

from ollamanet.domain.kernel.ids import UserId

ADA, BOB = UserId(UUID(int=1)), UserId(UUID(int=2))
MORNING = arrivals(3, first=10.5, last=12.5)


@pytest.fixture(scope="module")
def outcomes() -> dict[str, Outcome]:
    return {name: simulate(MORNING, rule(FLEET)) for name, rule in RULES.items()}


def test_the_day_is_the_same_for_the_same_seed_and_has_one_flooder() -> None:
    assert arrivals(3, first=10.5, last=12.5) == MORNING
    assert sum(each.ticket.user == FLOODER for each in MORNING) == 2 * FLOOD
    assert len({each.ticket.user for each in MORNING}) > 40


def test_others_wait_a_fraction_of_what_they_wait_first_in_first_out(outcomes: dict[str, Outcome]) -> None:
    fair, fifo = outcomes["fair scheduling"], outcomes["first in, first out"]

    assert percentile(others(fair), 0.95) < percentile(others(fifo), 0.95) / 5
    assert worst_user(fair) < worst_user(fifo)


def test_they_wait_less_than_with_any_other_rule(outcomes: dict[str, Outcome]) -> None:
    waits = {name: percentile(others(outcome), 0.95) for name, outcome in outcomes.items()}

    assert min(waits, key=lambda name: waits[name]) == "fair scheduling"


def test_models_are_swapped_less_than_with_any_other_rule(outcomes: dict[str, Outcome]) -> None:
    fair = outcomes["fair scheduling"].swaps

    assert all(fair < outcome.swaps / 2 for name, outcome in outcomes.items() if name != "fair scheduling")


def test_nobody_starves_not_even_the_flooder(outcomes: dict[str, Outcome]) -> None:
    fair = outcomes["fair scheduling"]

    assert sum(map(len, fair.waits.values())) == len(MORNING)
    assert fair.refused == {}
    last = max(wait for waits in fair.waits.values() for wait in waits)
    assert last <= 2 * max(outcomes["first in, first out"].waits[FLOODER])


def test_what_is_given_is_near_to_a_fair_share(outcomes: dict[str, Outcome]) -> None:
    assert jain(outcomes["fair scheduling"]) > 0.9 > 2 * jain(outcomes["first in, first out"])


def test_every_rule_ends_all_jobs_that_it_takes(outcomes: dict[str, Outcome]) -> None:
    for outcome in outcomes.values():
        assert sum(map(len, outcome.waits.values())) + sum(outcome.refused.values()) == len(MORNING)


def test_max_min_gives_what_the_modest_leave_to_the_others() -> None:
    assert max_min({ADA: 1.0, BOB: 9.0, FLOODER: 90.0}, 21.0) == {ADA: 1.0, BOB: 9.0, FLOODER: 11.0}
    assert max_min({ADA: 50.0, BOB: 60.0}, 20.0) == {ADA: 10.0, BOB: 10.0}


def test_the_index_is_one_when_shares_are_fair_and_less_when_one_takes_all() -> None:
    fair, taken = Outcome(), Outcome()
    for outcome, shares in ((fair, (10.0, 10.0)), (taken, (20.0, 0.0))):
        for user, share in zip((ADA, BOB), shares, strict=True):
            outcome.demand[0][user], outcome.given[0][user] = 50.0, share

    assert jain(fair) == 1.0
    assert jain(taken) == 0.5
    assert jain(Outcome()) == 1.0


def test_the_table_has_a_row_for_every_rule(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--first", "3", "--last", "4"])

    printed = capsys.readouterr().out
    assert all(f"| {name} " in printed for name in RULES)
