"""Whose word counts about a caller's limits, number by number."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ollamanet.domain.inference.limits import LimitSet, Source, UserLimits
from ollamanet.domain.kernel.caller_limits import NOTHING_SAID, CallerLimits, SaidLimits
from ollamanet.domain.kernel.ids import UserId

ADA = UserId(UUID(int=1))
DEFAULT = UserLimits(6, 60, 60_000)

COUNTS = st.integers(1, 1_000_000)
MAYBE = st.none() | COUNTS
WEIGHTS = st.floats(0.01, 100)
LIMITS = st.builds(UserLimits, COUNTS, COUNTS, COUNTS, MAYBE, WEIGHTS)
WORDS = st.builds(CallerLimits, MAYBE, MAYBE, MAYBE, MAYBE, st.none() | WEIGHTS)
SAID = st.builds(lambda own, roles, key: SaidLimits(own, own.over(roles), key), WORDS, WORDS, WORDS)
SETS = st.builds(
    LimitSet,
    st.just(1),
    LIMITS,
    st.dictionaries(st.sampled_from(["User", "Night"]), LIMITS),
    st.just({}) | LIMITS.map(lambda limits: {ADA: limits}),
    st.just({}) | LIMITS.map(lambda limits: {"k1": limits}),
)


def said(own: CallerLimits = NOTHING_SAID, roles: CallerLimits = NOTHING_SAID) -> SaidLimits:
    return SaidLimits(own, own.over(roles))


def test_where_nobody_says_anything_the_versions_default_holds_as_it_is() -> None:
    limits, source = LimitSet(1, DEFAULT).of(ADA, {"User"}, SaidLimits())

    assert limits is DEFAULT
    assert source is Source.DEFAULT


def test_unsaid_numbers_fall_through_one_by_one() -> None:
    words = said(CallerLimits(concurrency=2), CallerLimits(concurrency=9, requests_per_minute=7))

    assert LimitSet(1, DEFAULT).of(ADA, {"User"}, words) == (UserLimits(2, 7, 60_000), Source.USER)


def test_what_only_the_roles_say_is_of_the_role() -> None:
    words = said(roles=CallerLimits(tokens_per_day=5000, weight=3.0))

    assert LimitSet(1, DEFAULT).of(ADA, {"User"}, words) == (UserLimits(6, 60, 60_000, 5000, 3.0), Source.ROLE)


def test_a_version_for_a_role_goes_before_what_the_role_says_and_after_what_the_account_says() -> None:
    limits = LimitSet(1, DEFAULT, roles={"User": UserLimits(3, 30, 30_000)})
    words = said(CallerLimits(concurrency=2), CallerLimits(requests_per_minute=7, weight=9.0))

    assert limits.of(ADA, {"User"}, words) == (UserLimits(2, 30, 30_000), Source.USER)


def test_a_version_for_the_user_goes_before_everything() -> None:
    mine = UserLimits(1, 1, 1)
    limits = LimitSet(1, DEFAULT, roles={"User": DEFAULT}, users={ADA: mine})

    assert limits.of(ADA, {"User"}, said(CallerLimits(concurrency=2))) == (mine, Source.USER)


def test_models_are_no_number_and_change_none() -> None:
    words = said(CallerLimits(models=frozenset({"llama3:latest"})))
    assert LimitSet(1, DEFAULT).of(ADA, (), words) == (DEFAULT, Source.DEFAULT)


def test_a_key_of_which_nothing_is_said_has_no_limits_of_its_own() -> None:
    assert LimitSet(1, DEFAULT).of_key("k1", DEFAULT, CallerLimits(models=frozenset())) is None


@pytest.mark.parametrize(
    ("word", "told"),
    [
        (CallerLimits(concurrency=2, tokens_per_day=10), UserLimits(2, 60, 60_000, 10)),
        (CallerLimits(requests_per_minute=600), DEFAULT),
        (CallerLimits(weight=50.0), DEFAULT),
    ],
)
def test_a_key_may_say_less_than_its_user_has_and_not_more(word: CallerLimits, told: UserLimits) -> None:
    assert LimitSet(1, DEFAULT).of_key("k1", DEFAULT, word) == told


def test_a_version_for_a_key_goes_before_what_the_key_says() -> None:
    limits = LimitSet(1, DEFAULT, keys={"k1": UserLimits(4, 600, 10)})
    assert limits.of_key("k1", DEFAULT, CallerLimits(concurrency=1)) == UserLimits(4, 60, 10)


@given(SETS, SAID)
def test_a_key_never_gets_more_than_its_user(limits: LimitSet, words: SaidLimits) -> None:
    mine, _ = limits.of(ADA, {"User", "Night"}, words)
    key = limits.of_key("k1", mine, words.key) or mine

    assert key.or_more(mine) == mine
    assert key.weight == mine.weight


@given(SETS, SAID)
def test_every_number_is_somebodys_word(limits: LimitSet, words: SaidLimits) -> None:
    mine, source = limits.of(ADA, {"User", "Night"}, words)
    entries = [limits.default, *limits.roles.values(), *limits.users.values()]

    for name in ("concurrency", "requests_per_minute", "tokens_per_minute", "tokens_per_day", "weight"):
        spoken = {getattr(each, name) for each in (*entries, words.own, words.general)}
        assert getattr(mine, name) in spoken
    if source is Source.DEFAULT:
        assert mine == limits.default
