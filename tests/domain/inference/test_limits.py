"""Which limits are a user's, and why."""

from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ollamanet.domain.inference.limits import LimitSet, Source, UserLimits
from ollamanet.domain.kernel.ids import UserId

ADA, BOB = UserId(UUID(int=1)), UserId(UUID(int=2))
BASE = UserLimits(6, 60, 60_000, 100_000)
STAFF = UserLimits(2, 600, 60_000, None, 2.0)
GUEST = UserLimits(9, 10, 1_000, 5_000, 0.5)
ANY = st.builds(
    UserLimits,
    st.integers(1, 9),
    st.integers(1, 9),
    st.integers(1, 9),
    st.none() | st.integers(1, 9),
    st.floats(0.1, 9),
)


def test_the_default_is_for_whom_nothing_else_is_said() -> None:
    assert LimitSet(1, BASE, {"Staff": STAFF}, {BOB: GUEST}).of(ADA, {"User"}) == (BASE, Source.DEFAULT)


def test_of_several_roles_the_most_generous_counts_number_by_number() -> None:
    limits = LimitSet(1, BASE, {"Staff": STAFF, "Guest": GUEST})

    assert limits.of(ADA, {"Guest"}) == (GUEST, Source.ROLE)
    assert limits.of(ADA, {"User", "Staff", "Guest"}) == (UserLimits(9, 600, 60_000, None, 2.0), Source.ROLE)


def test_what_is_said_of_a_user_himself_replaces_his_roles() -> None:
    assert LimitSet(1, BASE, {"Staff": STAFF}, {ADA: GUEST}).of(ADA, {"Staff"}) == (GUEST, Source.USER)


@given(one=ANY, other=ANY)
def test_the_more_generous_of_two_is_never_less_than_either_and_the_order_does_not_matter(
    one: UserLimits, other: UserLimits
) -> None:
    both = one.or_more(other)

    assert both == other.or_more(one)
    assert both.or_more(one) == both
    assert one.or_more(one) == one


@pytest.mark.parametrize(
    "wrong",
    [
        {"concurrency": 0},
        {"requests_per_minute": 0},
        {"tokens_per_minute": -1},
        {"tokens_per_day": 0},
        {"weight": 0.0},
        {"weight": float("inf")},
        {"weight": float("nan")},
    ],
)
def test_a_limit_of_nothing_is_none(wrong: dict) -> None:
    with pytest.raises(ValueError, match="1 or more"):
        replace(BASE, **wrong)
