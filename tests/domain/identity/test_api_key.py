"""What a key may do, and for how long."""

from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ollamanet.domain.identity.api_key import ApiKey, ApiKeyId, KeyName, checked_expiry
from ollamanet.domain.identity.roles import Standing
from ollamanet.domain.kernel.caller_limits import CallerLimits
from ollamanet.domain.kernel.errors import InvalidRequest
from ollamanet.domain.kernel.ids import UserId
from ollamanet.domain.kernel.permissions import Permission

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
scopes = st.frozensets(st.sampled_from(Permission))
models = st.none() | st.frozensets(st.sampled_from(["a:1", "b:1", "c:1"]))


def key(**changed: object) -> ApiKey:
    given: dict = {"scopes": frozenset({Permission.CHAT}), "created_at": NOON} | changed
    return ApiKey(ApiKeyId(UUID(int=1)), UserId(UUID(int=2)), KeyName("n"), "onk_", **given)


@given(scopes, models, scopes, models)
def test_a_key_is_never_wider_than_its_owner_nor_than_it_was_made(
    given_scopes: frozenset[Permission],
    given_models: frozenset[str] | None,
    held: frozenset[Permission],
    owners_models: frozenset[str] | None,
) -> None:
    made = key(scopes=given_scopes, limits=CallerLimits(models=given_models))

    today = made.within(Standing(held, CallerLimits(concurrency=3, models=owners_models)))

    assert today.permissions == held & given_scopes
    assert today.limits.concurrency == 3
    for bound in (given_models, owners_models):
        if bound is not None:
            assert today.limits.models is not None
            assert today.limits.models <= bound
    if given_models is None and owners_models is None:
        assert today.limits.models is None


def test_its_own_numbers_do_not_replace_those_of_its_owner() -> None:
    made = key(limits=CallerLimits(concurrency=100, tokens_per_day=10**9))
    assert made.within(Standing(frozenset(), CallerLimits(concurrency=1))).limits == CallerLimits(concurrency=1)


@pytest.mark.parametrize(
    ("made", "expired", "live"),
    [
        (key(), False, True),
        (key(expires_at=NOON + SECOND), False, True),
        (key(expires_at=NOON), True, False),
        (key(expires_at=NOON - SECOND), True, False),
        (key(revoked_at=NOON - SECOND), False, False),
    ],
)
def test_a_key_lives_until_it_expires_or_is_revoked(made: ApiKey, expired: bool, live: bool) -> None:
    assert (made.expired(NOON), made.live(NOON)) == (expired, live)


@pytest.mark.parametrize(
    "end", [None, NOON + SECOND, NOON + timedelta(days=3653), NOON.astimezone(timezone(-SECOND * 3600 * 23)) + SECOND]
)
def test_a_key_may_end_at_any_time_of_the_next_ten_years(end: datetime | None) -> None:
    assert checked_expiry(end, now=NOON) == end


@pytest.mark.parametrize(
    "end",
    [
        NOON,
        NOON - SECOND,
        NOON + timedelta(days=3654),
        datetime.max.replace(tzinfo=timezone(timedelta(hours=-23))),
        datetime.min.replace(tzinfo=timezone(timedelta(hours=23))),
    ],
)
def test_other_ends_are_refused(end: datetime) -> None:
    with pytest.raises(InvalidRequest, match="expires_at"):
        checked_expiry(end, now=NOON)


@pytest.mark.parametrize(
    ("typed", "name"), [("a", "a"), ("  nightly report ", "nightly report"), ("\uff4bey", "key"), ("x" * 64, "x" * 64)]
)
def test_a_name_is_what_one_can_see_of_it(typed: str, name: str) -> None:
    assert str(KeyName.parse(typed)) == name


@pytest.mark.parametrize("typed", ["", " ", "x" * 65, "a\nb", "a\0b", "a\u202eb", "\ud800", "ﷺ" * 20])
def test_names_that_cannot_be_seen_or_kept_are_refused(typed: str) -> None:
    with pytest.raises(InvalidRequest, match="name"):
        KeyName.parse(typed)
