"""The memory of verified tokens: short, and bounded."""

from hypothesis import given
from hypothesis import strategies as st
from tests.fakes.identity.fixed_time import FixedClock
from tests.fakes.identity.people import ADA, BOB

from ollamanet.application.kernel.actor import Actor
from ollamanet.infrastructure.identity.verified_tokens import FRESH_FOR, VerifiedTokens

AS_ADA, AS_BOB = Actor(ADA.id), Actor(BOB.id)


def test_it_remembers_who_a_token_stands_for() -> None:
    verified = VerifiedTokens(FixedClock())
    verified.put("a", AS_ADA, expires_in=900)
    verified.put("b", AS_BOB, expires_in=900)
    assert (verified.get("a"), verified.get("b"), verified.get("c")) == (AS_ADA, AS_BOB, None)


def test_the_oldest_make_room() -> None:
    verified = VerifiedTokens(FixedClock(), size=2)
    for token in ("a", "b", "a", "c"):
        verified.put(token, AS_ADA, expires_in=900)
    assert [token for token in "abc" if verified.get(token)] == ["a", "c"]


def test_what_is_stale_is_forgotten_when_something_new_comes() -> None:
    clock = FixedClock()
    verified = VerifiedTokens(clock)
    for token in range(100):
        verified.put(str(token), AS_ADA, expires_in=900)
    clock.advance(FRESH_FOR)
    verified.put("new", AS_ADA, expires_in=900)
    assert len(verified) == 1


@given(
    st.lists(st.tuples(st.sampled_from("abcdef"), st.floats(0.001, 8), st.floats(0, 3)), max_size=40),
    st.integers(1, 4),
)
def test_nothing_outlives_five_seconds_its_token_or_the_bound(puts: list[tuple[str, float, float]], size: int) -> None:
    clock = FixedClock()
    verified = VerifiedTokens(clock, size=size)
    good_until: dict[str, float] = {}
    for token, expires_in, pause in puts:
        verified.put(token, AS_ADA, expires_in=expires_in)
        good_until[token] = clock.monotonic() + min(FRESH_FOR, expires_in)
        clock.advance(pause)

        assert len(verified) <= size
        remembered = {name for name in "abcdef" if verified.get(name)}
        assert remembered <= {name for name, until in good_until.items() if clock.monotonic() < until}


@given(st.floats(0.001, 8), st.floats(0, 8))
def test_a_lone_token_is_remembered_exactly_as_long_as_it_may_be(expires_in: float, passed: float) -> None:
    clock = FixedClock()
    verified = VerifiedTokens(clock)
    verified.put("a", AS_ADA, expires_in=expires_in)
    until = clock.monotonic() + min(FRESH_FOR, expires_in)
    clock.advance(passed)
    assert (verified.get("a") is not None) == (clock.monotonic() < until)


def test_an_account_is_forgotten_whatever_its_tokens() -> None:
    verified = VerifiedTokens(FixedClock())
    for token, actor in (("a", AS_ADA), ("b", AS_BOB), ("c", AS_ADA)):
        verified.put(token, actor, expires_in=900)

    verified.forget(ADA.id)
    assert [token for token in "abc" if verified.get(token)] == ["b"]

    verified.clear()
    assert len(verified) == 0
