"""What the browser keeps, nobody can make or change, and it outlives a new key."""

from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ollamanet.domain.identity.sign_in_flow import SignInFlow
from ollamanet.infrastructure.identity.flow_cookies import SignedFlows
from ollamanet.infrastructure.identity.signing_keys import SigningKeys

FLOW = SignInFlow("state", "nonce", "verifier", "/chat", 1234.5)
OLD, NEW = (SigningKeys.of(text * 32) for text in (b"o", b"n"))
BOTH = SigningKeys(NEW.kid, MappingProxyType({**NEW.secrets, **OLD.secrets}))
SEAL = SignedFlows(lambda: OLD)


def test_a_flow_comes_back_as_it_was_also_after_the_keys_changed() -> None:
    text = SEAL.sealed(FLOW)

    assert SEAL.opened(text) == FLOW
    assert SignedFlows(lambda: BOTH).opened(text) == FLOW
    assert SignedFlows(lambda: NEW).opened(text) is None
    assert set(text) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.")


@pytest.mark.parametrize("text", [None, "", ".", "x", "a.b", "\u00e4.\u00e4", "x" * 5000, "e30.e30", "=.="])
def test_what_we_did_not_sign_is_nothing(text: str | None) -> None:
    assert SEAL.opened(text) is None


@given(st.data())
def test_no_character_of_it_can_be_changed(data: st.DataObject) -> None:
    text = SEAL.sealed(FLOW)
    at = data.draw(st.integers(0, len(text) - 2))  # of the last one some bits are no data
    other = data.draw(st.sampled_from("Ab0-_.").filter(lambda each: each != text[at]))

    assert SEAL.opened(text[:at] + other + text[at + 1 :]) is None
