"""Tokens exchanged, shown again, lost, left: whatever the order, one that comes back late ends its whole family."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, rule
from tests.fakes.identity.signing_in import LAPTOP, LIFETIME, SigningIn

from ollamanet.application.identity.accounts import SignedIn
from ollamanet.application.identity.commands.sign_out import SignOut, SignOutHandler
from ollamanet.domain.identity.errors import TokenReused
from ollamanet.domain.identity.refresh_token import RefreshToken
from ollamanet.domain.kernel.errors import Unauthenticated

Result = TypeVar("Result")


class Family:
    """What a session should be, told simply."""

    def __init__(self, last: float) -> None:
        self.over = False
        self.last = last


class Refreshing(RuleBasedStateMachine):
    """Two devices of one user, and somebody who keeps every token that he ever saw."""

    grants = Bundle("grants")

    @initialize()
    def start(self) -> None:
        self.here = SigningIn()
        self.loop = asyncio.new_event_loop()
        self.families: dict[str, Family] = {}
        self.made_at: dict[str, float] = {}
        self.used_at: dict[str, float] = {}

    def teardown(self) -> None:
        self.loop.close()

    def run(self, work: Coroutine[Any, Any, Result]) -> Result:
        return self.loop.run_until_complete(work)

    @property
    def now(self) -> float:
        return self.here.clock.monotonic()

    @rule(target=grants)
    def sign_in(self) -> SignedIn:
        signed_in = self.run(self.here.open())
        self.families[signed_in.refresh.text] = Family(self.now)
        self.made_at[signed_in.refresh.text] = self.now
        return signed_in

    @rule(target=grants, shown=grants)
    def refresh(self, shown: SignedIn) -> SignedIn:
        text = shown.refresh.text
        family, life = self.families[text], LIFETIME.total_seconds()
        expired = self.now >= self.made_at[text] + life or self.now >= family.last + life
        reused = self.now >= self.used_at.get(text, self.now) + 5
        try:
            brought = self.run(self.here.refresh(text))
        except TokenReused:
            assert reused
            assert not family.over
            assert not expired
            family.over = True
            return shown
        except Unauthenticated:
            assert family.over or expired
            return shown
        assert not family.over
        assert not expired
        assert not reused
        self.used_at.setdefault(text, self.now)
        family.last = self.now
        self.families[brought.refresh.text] = family
        self.made_at[brought.refresh.text] = self.now
        return brought

    @rule(leaving=grants)
    def sign_out(self, leaving: SignedIn) -> None:
        handler = SignOutHandler(self.here.sessions, self.here.revocation, self.here.clock)
        self.run(handler(SignOut(RefreshToken(leaving.refresh.text), LAPTOP)))
        self.families[leaving.refresh.text].over = True

    @rule(_lost=consumes(grants))
    def lose(self, _lost: SignedIn) -> None:
        """Nobody shows this one again."""

    @rule(seconds=st.sampled_from([0.5, 2.0, 4.9, 5.0, 900.0, 86_400.0, 15 * 86_400.0]))
    def wait(self, seconds: float) -> None:
        self.here.clock.advance(seconds)

    @invariant()
    def access_tokens_live_and_die_with_their_family(self) -> None:
        for text, family in self.families.items():
            owner = self.run(self.here.sessions.find_by_token(RefreshToken(text).digest))
            assert owner is not None
            alive = not family.over and self.now < family.last + LIFETIME.total_seconds()
            assert owner.session.live(self.here.clock.now()) == alive

    @invariant()
    def only_digests_are_stored(self) -> None:
        assert set(self.families).isdisjoint(self.here.sessions.tokens)


Refreshing.TestCase.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
TestRefreshing = Refreshing.TestCase
