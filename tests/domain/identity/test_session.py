"""What becomes of sessions and of the tokens that are shown for them."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.contracts.sessions import session_of
from tests.fakes.identity.fixed_time import NOON
from tests.fakes.identity.people import ADA

from ollamanet.domain.identity.refresh_token import RefreshToken
from ollamanet.domain.identity.session import ShownToken, TokenFate
from ollamanet.domain.kernel.errors import Unauthenticated

LIFETIME = timedelta(days=30)
seconds = st.floats(0, 3_000_000).map(lambda value: timedelta(seconds=value))


@given(used=st.none() | seconds, passed=seconds, usable=st.booleans())
def test_a_token_is_exchanged_once_and_for_five_seconds_more(
    used: timedelta | None, passed: timedelta, usable: bool
) -> None:
    session, now = session_of(ADA).refreshed(NOON, LIFETIME, ""), NOON + passed
    token = ShownToken(NOON, None if used is None else NOON + used)

    fate = token.fate(session, usable=usable, lifetime=LIFETIME, now=now)

    if not usable or passed >= LIFETIME:
        assert fate is TokenFate.ENDED
    else:
        reused = used is not None and now >= NOON + used + timedelta(seconds=5)
        assert fate is (TokenFate.REUSED if reused else TokenFate.EXCHANGED)


def test_a_token_ends_with_its_own_time_though_the_session_goes_on() -> None:
    session = session_of(ADA).refreshed(NOON + timedelta(days=20), LIFETIME, "")
    orphan = ShownToken(NOON)
    at = NOON + LIFETIME
    assert session.live(at)
    assert orphan.fate(session, usable=True, lifetime=LIFETIME, now=at) is TokenFate.ENDED


def test_a_refresh_token_shows_neither_itself_nor_what_it_is_stored_as() -> None:
    token = RefreshToken.parse("x" * 43)
    assert "x" * 43 not in repr(token)
    assert len(token.digest) == 64
    assert token.digest == RefreshToken("x" * 43).digest != RefreshToken("y" * 43).digest


@pytest.mark.parametrize("text", ["", "x" * 42, "x" * 44, "x" * 42 + "\n", "x" * 42 + "é", "x" * 42 + "=", "\0" * 43])
def test_what_no_token_of_ours_looks_like_is_refused_before_it_is_looked_for(text: str) -> None:
    with pytest.raises(Unauthenticated):
        RefreshToken.parse(text)
