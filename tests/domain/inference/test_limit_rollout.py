"""Versions of the limits: for all, for some, looked at only, and taken back."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ollamanet.domain.inference.limit_rollout import CHOSEN, LimitVersion, Mode, Rollout
from ollamanet.domain.inference.limits import LimitSet, Source, UserLimits
from ollamanet.domain.kernel.errors import Conflict, NotFound
from ollamanet.domain.kernel.ids import UserId

ADMIN, ADA = UserId(UUID(int=9)), UserId(UUID(int=1))
START = datetime(2026, 11, 22, 12, tzinfo=UTC)
SETTINGS = LimitSet(1, UserLimits(6, 60, 60_000))
USERS = st.uuids().map(UserId)


def later(minutes: int) -> datetime:
    return START + timedelta(minutes=minutes)


def version(rpm: int, mode: Mode = Mode.ACTIVE, percent: float = 0.0, minutes: int = 0) -> LimitVersion:
    limits = LimitSet(0, UserLimits(6, rpm, 60_000), keys={"k1": UserLimits(1, rpm, 10)})
    return LimitVersion(limits, mode, percent, later(minutes), ADMIN)


def rollout(*versions: LimitVersion) -> Rollout:
    made = Rollout.of(SETTINGS, ())
    for each in versions:
        made = made.with_new(each)
    return made


def modes(of: Rollout) -> list[str]:
    return [each.mode.value for each in of.versions]


def test_the_settings_are_the_first_version_and_hold_while_there_is_no_other() -> None:
    applied = rollout().applied(ADA, {"User"}, None)

    assert (applied.version, applied.mode, applied.source, applied.limits) == (
        1, Mode.ACTIVE, Source.DEFAULT, SETTINGS.default
    )  # fmt: skip
    assert rollout().shadowed(ADA, (), None) is None


def test_a_new_active_version_takes_the_place_of_the_one_before() -> None:
    made = rollout(version(10), version(20, minutes=1))

    assert modes(made) == ["superseded", "superseded", "active"]
    assert made.applied(ADA, (), None).version == 3
    assert (made.get(2).changed_at, made.get(2).changed_by) == (later(1), ADMIN)
    assert made.get(3).activated_at == later(1)


def test_a_key_has_limits_of_its_own_only_where_the_version_says_so() -> None:
    made = rollout(version(10))

    assert made.applied(ADA, (), "k1").key == UserLimits(1, 10, 10)
    assert made.applied(ADA, (), "k2").key is None


@given(user=USERS, percents=st.lists(st.floats(0, 100), min_size=2, max_size=5))
def test_a_higher_percentage_only_adds_users(user: UserId, percents: list[float]) -> None:
    held = [replace(version(10), percent=percent).includes(user) for percent in sorted(percents)]

    assert held == sorted(held)


@given(user=USERS)
def test_none_percent_is_nobody_and_a_hundred_is_everybody(user: UserId) -> None:
    assert not replace(version(10), percent=0).includes(user)
    assert replace(version(10), percent=100).includes(user)


def test_a_percentage_is_about_that_many_users_and_others_for_another_version() -> None:
    users = [UserId(UUID(int=number)) for number in range(2000)]
    second = rollout(version(10, Mode.CANARY, 20.0)).get(2)
    third = replace(second, limits=second.limits.numbered(3))
    of_second, of_third = ({user for user in users if each.includes(user)} for each in (second, third))

    assert 300 < len(of_second) < 500
    assert len(of_second & of_third) < 150


@given(user=USERS)
def test_a_user_of_the_canary_gets_it_every_time_and_the_others_what_is_active(user: UserId) -> None:
    made = rollout(version(10, Mode.CANARY, 50.0))
    expected = (2, Mode.CANARY) if made.get(2).includes(user) else (1, Mode.ACTIVE)

    for _ in range(3):
        applied = made.applied(user, (), None)
        assert (applied.version, applied.mode) == expected


def test_a_version_in_shadow_holds_for_nobody() -> None:
    made = rollout(version(10, Mode.SHADOW))
    shadowed = made.shadowed(ADA, (), "k1")

    assert made.applied(ADA, (), None).version == 1
    assert shadowed is not None
    assert (shadowed.version, shadowed.mode, shadowed.limits.requests_per_minute) == (2, Mode.SHADOW, 10)


@pytest.mark.parametrize("mode", [Mode.CANARY, Mode.SHADOW])
def test_only_one_version_at_a_time_is_tried(mode: Mode) -> None:
    made = rollout(version(10, mode, 5))

    with pytest.raises(Conflict, match="version 2"):
        made.with_new(version(20, mode, 5))
    assert made.with_mode(2, mode, 50, at=later(1), by=ADMIN).get(2).percent == 50


def test_a_canary_becomes_active_for_all() -> None:
    made = rollout(version(10, Mode.CANARY, 5)).with_mode(2, Mode.ACTIVE, 5, at=later(1), by=ADMIN)

    assert modes(made) == ["superseded", "active"]
    assert made.get(2).activated_at == later(1)
    assert made.with_mode(2, Mode.ACTIVE, 0, at=later(2), by=ADMIN).get(2).activated_at == later(1)


@pytest.mark.parametrize("mode", [Mode.CANARY, Mode.SHADOW])
def test_an_active_version_does_not_leave_an_empty_place(mode: Mode) -> None:
    with pytest.raises(Conflict, match="roll it back"):
        rollout(version(10)).with_mode(2, mode, 5, at=later(1), by=ADMIN)


def test_rolling_back_brings_back_what_was_active_before_and_at_last_the_settings() -> None:
    made = rollout(version(10), version(20, minutes=1), version(30, Mode.CANARY, 5, minutes=2))
    made = made.with_mode(2, Mode.ACTIVE, 0, at=later(3), by=ADMIN)
    assert modes(made) == ["superseded", "active", "superseded", "canary"]

    made = made.rolled_back(2, at=later(4), by=ADA)
    assert modes(made) == ["superseded", "rolled_back", "active", "canary"]
    assert (made.get(2).changed_at, made.get(2).changed_by) == (later(4), ADA)
    made = made.rolled_back(3, at=later(5), by=ADA)
    assert modes(made) == ["active", "rolled_back", "rolled_back", "canary"]
    assert made.get(1) == LimitVersion(SETTINGS, Mode.ACTIVE)
    assert modes(made.rolled_back(4, at=later(6), by=ADA))[3] == "rolled_back"
    assert made.rolled_back(3, at=later(9), by=ADA) is made


def test_a_version_that_was_rolled_back_can_be_tried_again() -> None:
    made = rollout(version(10)).rolled_back(2, at=later(1), by=ADMIN)

    assert made.with_mode(2, Mode.CANARY, 1, at=later(2), by=ADMIN).get(2).mode is Mode.CANARY


def test_the_settings_are_changed_where_they_are_and_not_here() -> None:
    made = rollout(version(10))

    with pytest.raises(Conflict):
        made.with_mode(1, Mode.ACTIVE, 0, at=later(1), by=ADMIN)
    with pytest.raises(Conflict):
        made.rolled_back(1, at=later(1), by=ADMIN)


def test_a_version_that_is_not_there_is_not_found() -> None:
    with pytest.raises(NotFound):
        rollout().rolled_back(7, at=START, by=ADMIN)


@given(
    steps=st.lists(
        st.tuples(st.sampled_from(["new", "mode", "back"]), st.integers(1, 5), st.sampled_from(CHOSEN)), max_size=15
    )
)
def test_there_is_always_one_active_version_and_a_restart_changes_nothing(steps: list) -> None:
    made = rollout()
    for minute, (what, number, mode) in enumerate(steps):
        try:
            if what == "new":
                made = made.with_new(version(10, mode, 5, minutes=minute))
            elif what == "mode":
                made = made.with_mode(number, mode, 5, at=later(minute), by=ADMIN)
            else:
                made = made.rolled_back(number, at=later(minute), by=ADMIN)
        except (Conflict, NotFound):
            continue

    for mode, most in ((Mode.ACTIVE, 1), (Mode.CANARY, 1), (Mode.SHADOW, 1)):
        assert modes(made).count(mode.value) <= most
    assert modes(made).count("active") == 1
    assert [each.number for each in made.versions] == list(range(1, len(made.versions) + 1))
    assert Rollout.of(SETTINGS, made.versions[1:]) == made
