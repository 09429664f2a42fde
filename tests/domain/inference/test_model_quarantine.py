"""A model that one replica fails at is kept away from it for a while."""

from math import inf

from ollamanet.domain.inference.model_quarantine import ModelQuarantine


def failing(times: int, now: float = 0.0) -> ModelQuarantine:
    quarantine = ModelQuarantine()
    for _ in range(times):
        quarantine.failed("m", now)
    return quarantine


def test_three_failures_in_a_row_keep_it_away() -> None:
    assert failing(2).models(0.0) == frozenset()
    assert failing(2).next_change(0.0) == inf

    quarantine = failing(3)
    assert (quarantine.models(4.9), quarantine.next_change(1.0)) == ({"m"}, 5.0)
    assert (quarantine.models(5.0), quarantine.next_change(5.0)) == (frozenset(), inf)
    assert (failing(2).hopeless("m", 0.0), quarantine.hopeless("m", 9.0), quarantine.hopeless("n", 9.0)) == (
        False,
        True,
        False,
    )


def test_a_success_ends_it() -> None:
    quarantine = failing(3)
    quarantine.succeeded("m", 1.0)
    quarantine.failed("m", 1.0)

    assert quarantine.models(1.0) == frozenset()


def test_it_gets_longer_with_each_failure_after_it_up_to_a_minute() -> None:
    quarantine, now, pauses = failing(3), 0.0, []
    for _ in range(6):
        quarantine.failed("m", now + 1.0)
        pauses.append(quarantine.next_change(now) - now)
        now = quarantine.next_change(now)
        quarantine.failed("m", now)

    assert pauses == [5, 10, 20, 40, 60, 60]


def breaking_off(times: int) -> ModelQuarantine:
    quarantine = ModelQuarantine()
    for _ in range(times):
        quarantine.succeeded("m", 0.0)
        quarantine.broke_off("m", 0.0)
    return quarantine


def test_one_whose_answers_begin_and_break_off_is_kept_away_too() -> None:
    assert breaking_off(3).models(0.0) == frozenset()

    quarantine = breaking_off(4)
    quarantine.succeeded("m", 1.0)
    assert (quarantine.models(4.9), quarantine.next_change(1.0), quarantine.hopeless("m", 4.9)) == ({"m"}, 5.0, True)
    quarantine.broke_off("m", 6.0)
    assert quarantine.next_change(6.0) == 11.0


def test_answers_that_broke_off_are_forgotten_in_a_minute_or_after_as_many_that_did_not() -> None:
    quarantine = breaking_off(4)
    assert not quarantine.hopeless("m", 61.0)
    quarantine.succeeded("m", 61.0)
    assert quarantine._rows == {}

    quarantine = breaking_off(4)
    for _ in range(5):
        quarantine.succeeded("m", 1.0)
    assert (quarantine.hopeless("m", 1.0), quarantine.models(1.0)) == (False, frozenset())
