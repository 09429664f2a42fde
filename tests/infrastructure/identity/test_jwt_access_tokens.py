"""Access tokens: those of ours pass, everything else is refused with its reason."""

import hashlib
import hmac

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.fakes.identity.fixed_time import NOON, CountedIds, FixedClock
from tests.fakes.identity.people import ADA
from tests.infrastructure.identity.tokens_forged import GOOD, NOW, SESSION, forged, part

from ollamanet.application.identity.ports import AccessClaims
from ollamanet.domain.identity.errors import TokenExpired
from ollamanet.domain.kernel.errors import Unauthenticated
from ollamanet.infrastructure.identity.jwt_access_tokens import JwtAccessTokens
from ollamanet.infrastructure.identity.signing_keys import GivenKeys, SigningKeys

KEYS = SigningKeys.of(b"k" * 32)
OTHER_KEYS = SigningKeys.of(b"o" * 32)


def tokens_at(clock: FixedClock, keys: SigningKeys = KEYS) -> JwtAccessTokens:
    return JwtAccessTokens(GivenKeys(keys), clock, CountedIds())


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def tokens(clock: FixedClock) -> JwtAccessTokens:
    return tokens_at(clock)


def test_a_token_stands_for_its_account_and_session(tokens: JwtAccessTokens) -> None:
    issued = tokens.issue(ADA, SESSION)
    assert issued.expires_in == 900
    assert tokens.read(issued.text) == AccessClaims(ADA.id, SESSION, 900.0)


def test_a_token_says_what_the_contract_has_it_say(tokens: JwtAccessTokens) -> None:
    text = tokens.issue(ADA, SESSION).text
    assert jwt.get_unverified_header(text) == {"alg": "HS256", "typ": "JWT", "kid": KEYS.kid}
    claims = jwt.decode(text, options={"verify_signature": False})
    assert claims == {**GOOD, "jti": "00000000-0000-7000-8000-000000000001"}


def test_no_two_tokens_are_the_same(tokens: JwtAccessTokens) -> None:
    assert tokens.issue(ADA, SESSION).text != tokens.issue(ADA, SESSION).text


def test_no_representation_shows_a_token_or_a_key(tokens: JwtAccessTokens) -> None:
    issued = tokens.issue(ADA, SESSION)
    assert tokens.read(issued.text).user_id == ADA.id
    assert issued.text not in repr(issued)
    assert issued.text not in repr(tokens)
    assert repr(KEYS.current)[2:-1] not in repr(tokens)


def test_what_the_forge_makes_passes_when_nothing_is_wrong_with_it(tokens: JwtAccessTokens) -> None:
    assert tokens.read(forged(KEYS)) == AccessClaims(ADA.id, SESSION, 900.0)


def test_a_token_is_good_until_its_last_moment_and_then_expired(clock: FixedClock, tokens: JwtAccessTokens) -> None:
    text = tokens.issue(ADA, SESSION).text
    clock.advance(899.999)
    assert tokens.read(text).user_id == ADA.id
    clock.advance(0.001)
    with pytest.raises(TokenExpired) as refused:
        tokens.read(text)
    assert refused.value.code == "token_expired"


def test_an_expired_forgery_is_not_called_expired(tokens: JwtAccessTokens) -> None:
    with pytest.raises(Unauthenticated) as refused:
        tokens.read(forged(KEYS, claims={"exp": NOW - 1}, key=OTHER_KEYS.current))
    assert refused.value.code == "unauthenticated"


def test_the_clock_of_another_instance_may_be_five_seconds_ahead(tokens: JwtAccessTokens) -> None:
    assert tokens.read(forged(KEYS, claims={"nbf": NOW + 5, "iat": NOW + 5})).user_id == ADA.id
    with pytest.raises(Unauthenticated, match=r"not good yet$"):
        tokens.read(forged(KEYS, claims={"nbf": NOW + 6}))


def test_a_token_of_another_installation_is_refused(clock: FixedClock, tokens: JwtAccessTokens) -> None:
    with pytest.raises(Unauthenticated, match=r"unknown key$"):
        tokens.read(tokens_at(clock, OTHER_KEYS).issue(ADA, SESSION).text)


def test_a_key_that_no_longer_signs_still_verifies(clock: FixedClock) -> None:
    text = tokens_at(clock, OTHER_KEYS).issue(ADA, SESSION).text
    both = SigningKeys(KEYS.kid, {**KEYS.secrets, **OTHER_KEYS.secrets})
    assert tokens_at(clock, both).read(text).user_id == ADA.id


ATTACKS = {
    "no signature, and alg none": forged(KEYS, header={"alg": "none"}, sign=lambda *_: b""),
    "alg None in capitals": forged(KEYS, header={"alg": "NoNe"}, sign=lambda *_: b""),
    "alg none with a good signature": forged(KEYS, header={"alg": "none"}),
    "no alg": forged(KEYS, header={"alg": None}),
    "alg is a list": forged(KEYS, header={"alg": ["HS256"]}),
    "alg is a number": forged(KEYS, header={"alg": 256}),
    "another key": forged(KEYS, key=OTHER_KEYS.current),
    "an empty key": forged(KEYS, key=b"\0"),
    "the kid as the key": forged(KEYS, key=KEYS.kid.encode()),
    "HS384 with our key": forged(
        KEYS, header={"alg": "HS384"}, sign=lambda signed, key: hmac.new(key, signed, hashlib.sha384).digest()
    ),
    "HS512 with our key": forged(
        KEYS, header={"alg": "HS512"}, sign=lambda signed, key: hmac.new(key, signed, hashlib.sha512).digest()
    ),
    "RS256 in the header, HMAC in the signature": forged(KEYS, header={"alg": "RS256"}),
    "ES256 in the header": forged(KEYS, header={"alg": "ES256"}),
    "no kid": forged(KEYS, header={"kid": None}),
    "a kid nobody has": forged(KEYS, header={"kid": "0" * 16}),
    "a kid that is a path": forged(KEYS, header={"kid": "../../../../dev/null"}, key=b"\0"),
    "a kid that is SQL": forged(KEYS, header={"kid": "' UNION SELECT 'key"}),
    "a kid that is a number": forged(KEYS, header={"kid": 1}),
    "a kid that is a list": forged(KEYS, header={"kid": [KEYS.kid]}),
    "a key of its own in the header": forged(KEYS, header={"jwk": {"kty": "oct", "k": part(b"x" * 32)}}, key=b"x" * 32),
    "a critical extension": forged(KEYS, header={"crit": ["exp2"], "exp2": 1}),
    "a detached payload": forged(KEYS, header={"b64": False, "crit": ["b64"]}),
    "another audience": forged(KEYS, claims={"aud": "another"}),
    "no audience": forged(KEYS, claims={"aud": None}),
    "another issuer": forged(KEYS, claims={"iss": "another"}),
    "no issuer": forged(KEYS, claims={"iss": None}),
    "no subject": forged(KEYS, claims={"sub": None}),
    "a subject that is no id": forged(KEYS, claims={"sub": "admin"}),
    "a subject that is a number": forged(KEYS, claims={"sub": 1}),
    "no session": forged(KEYS, claims={"sid": None}),
    "a session that is no id": forged(KEYS, claims={"sid": "' OR 1=1"}),
    "no expiry": forged(KEYS, claims={"exp": None}),
    "an expiry in text": forged(KEYS, claims={"exp": str(NOW + 900)}),
    "an endless expiry": forged(KEYS, claims={"exp": float("inf")}),
    "an expiry that is no number": forged(KEYS, claims={"exp": float("nan")}),
    "no beginning": forged(KEYS, claims={"nbf": None}),
    "no token id": forged(KEYS, claims={"jti": None}),
    "claims that are a list": forged(KEYS, claims=b"[]"),
    "claims that are no JSON": forged(KEYS, claims=b"{"),
    "claims nested without end": forged(KEYS, claims=b"[" * 2500),
    "a header that is no object": forged(KEYS, header=b"[]"),
    "a header that is no text": forged(KEYS, header=b"\xff\xfe"),
    "a header nested without end": forged(KEYS, header=b"[" * 2500),
    "a megabyte": forged(KEYS, claims={"more": "x" * 1_000_000}),
    "nothing": "",
    "dots": "..",
    "many dots": "." * 4000,
    "garbage": "not a token at all",
    "letters beyond ASCII": "é.é.é",
    "a lone surrogate": "\udcff.\udcff.\udcff",
    "a NUL": forged(KEYS) + "\0",
    "a line break": forged(KEYS) + "\n",
    "five parts": forged(KEYS) + ".e30.e30",
}


@pytest.mark.parametrize("token", ATTACKS.values(), ids=ATTACKS)
def test_it_is_refused(tokens: JwtAccessTokens, token: str) -> None:
    with pytest.raises(Unauthenticated) as refused:
        tokens.read(token)
    assert refused.value.code == "unauthenticated"


def test_other_claims_under_a_good_signature_are_refused(tokens: JwtAccessTokens) -> None:
    header, _, signature = tokens.issue(ADA, SESSION).text.split(".")
    with pytest.raises(Unauthenticated):
        tokens.read(f"{header}.{part({**GOOD, 'sub': str(SESSION)})}.{signature}")


@given(st.integers(min_value=0), st.sampled_from("Ab0-_.=!\n\0é"))
def test_a_token_changed_anywhere_is_refused(position: int, character: str) -> None:
    good = forged(KEYS)
    at = position % len(good)
    changed = good[:at] + character + good[at + 1 :]
    tokens = tokens_at(FixedClock())
    if changed == good:
        assert tokens.read(changed).user_id == ADA.id
    else:
        with pytest.raises(Unauthenticated):
            tokens.read(changed)


@given(st.binary(max_size=60), st.binary(max_size=60), st.binary(max_size=40))
def test_random_parts_are_refused(header: bytes, claims: bytes, signature: bytes) -> None:
    with pytest.raises(Unauthenticated):
        tokens_at(FixedClock()).read(f"{part(header)}.{part(claims)}.{part(signature)}")


def test_times_are_whole_seconds_of_the_clock_it_was_given(clock: FixedClock, tokens: JwtAccessTokens) -> None:
    clock.advance(86_400.75)
    claims = jwt.decode(tokens.issue(ADA, SESSION).text, options={"verify_signature": False})
    assert claims["iat"] == claims["nbf"] == int(NOON.timestamp()) + 86_400
    assert claims["exp"] == claims["iat"] + 900
