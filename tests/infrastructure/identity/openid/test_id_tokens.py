"""A token counts when the provider signed it, for us, for this sign-in, now; every other one does not."""

import hashlib
import hmac
import json
from base64 import urlsafe_b64encode

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from tests.fakes.identity.fixed_time import FixedClock
from tests.infrastructure.identity.openid.forgery import (
    AT,
    CLIENT,
    EC,
    ISSUER,
    KEYS,
    NONCE,
    OTHER_RSA,
    P384,
    RSA,
    SHORT_RSA,
    jwk,
    token,
)

from ollamanet.domain.identity.external_errors import ExternalSignInFailed
from ollamanet.infrastructure.identity.id_tokens import IdTokens, UnknownKey

TOKENS = IdTokens(ISSUER, CLIENT, FixedClock())
SECRET = "the client's secret, which is 32 long or more"


def text(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def signed_by_hand(header: dict[str, str], secret: bytes) -> str:
    """A token with any header, signed with HMAC, as no library would."""
    body = f"{text(json.dumps(header).encode())}.{token().split('.')[1]}"
    return f"{body}.{text(hmac.new(secret, body.encode(), hashlib.sha256).digest())}"


PEM = RSA.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
HEAD, BODY, SIGNATURE = token().split(".")
NONE_HEAD = text(b'{"alg":"none","kid":"r"}')


@pytest.mark.parametrize(
    "good",
    [
        token(),
        token(EC, "ES256", "e"),
        token(EC, "ES256", None),
        token(aud=[CLIENT]),
        token(aud=[CLIENT, "other"], azp=CLIENT),
        token(azp=CLIENT),
        token(exp=AT - 30, iat=AT + 30, nbf=AT + 30.5),
    ],
)
def test_a_token_of_the_provider_counts(good: str) -> None:
    assert TOKENS.claims(good, KEYS, NONCE)["sub"] == "ada"


FORGED = {
    "unsigned": f"{NONE_HEAD}.{BODY}.",
    "unsigned, with a signature": f"{NONE_HEAD}.{BODY}.{SIGNATURE}",
    "unsigned, spelled otherwise": ".".join((text(b'{"alg":"nOnE"}'), BODY, "")),
    "without algorithm": ".".join((text(b'{"kid":"r"}'), BODY, SIGNATURE)),
    "with the client's secret": token(SECRET, "HS256", "r"),
    "with a symmetric key that the provider shows": token("secret-secret-secret-secret-secr", "HS256", "o"),
    "with the public key as a secret": signed_by_hand({"alg": "HS256", "kid": "r"}, PEM),
    "with the public key as a secret, and its own algorithm": signed_by_hand({"alg": "RS256", "kid": "r"}, PEM),
    "with somebody else's key": token(OTHER_RSA),
    "with a key that is too short": token(SHORT_RSA, kid="short"),
    "with a key for encryption": token(kid="enc"),
    "with a larger hash": token(alg="RS512"),
    "with another curve": token(P384, "ES384", "p384"),
    "with a key of another kind": token(EC, "ES256", "r"),
    "naming no key, of several": token(kid=None),
    "changed": ".".join((HEAD, text(b'{"sub":"eve"}'), SIGNATURE)),
    "cut": f"{HEAD}.{BODY}",
    "no token": "x",
    "empty": "",
    "no ASCII": "\u00e4.\u00e4.\u00e4",
    "very large": "x" * 70_000,
}


@pytest.mark.parametrize(("how", "forged"), FORGED.items(), ids=FORGED)
def test_what_the_provider_did_not_sign_does_not_count(how: str, forged: str) -> None:
    keys = [*KEYS, jwk(OTHER_RSA, "another")] if "of several" in how else KEYS
    with pytest.raises(ExternalSignInFailed):
        TOKENS.claims(forged, keys, NONCE)


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://evil.example"}, {"iss": ISSUER + "/"}, {"iss": None},
        {"aud": "other"}, {"aud": ["other"]}, {"aud": []}, {"aud": None}, {"aud": [CLIENT, "other"]},
        {"azp": "other"}, {"aud": [CLIENT, "other"], "azp": "other"}, {"azp": ["x"]},
        {"exp": AT - 60}, {"exp": None}, {"exp": "tomorrow"}, {"exp": True}, {"exp": [AT]},
        {"nbf": AT + 61}, {"iat": AT + 61}, {"iat": None}, {"iat": "x"}, {"nbf": "x"},
        {"nonce": "m" * 43}, {"nonce": ""}, {"nonce": None}, {"nonce": 1}, {"nonce": "\u00e4"},
        {"sub": None}, {"sub": ""}, {"sub": 1},
    ],
    ids=str,
)  # fmt: skip
def test_what_is_for_somebody_else_another_time_or_another_sign_in_does_not_count(claims: dict[str, object]) -> None:
    with pytest.raises(ExternalSignInFailed) as refused:
        TOKENS.claims(token(**claims), KEYS, NONCE)
    assert not isinstance(refused.value, UnknownKey)


def test_a_key_that_is_not_there_is_told_apart_as_the_provider_may_have_a_new_one() -> None:
    with pytest.raises(UnknownKey):
        TOKENS.claims(token(kid="new"), KEYS, NONCE)
    assert TOKENS.claims(token(kid="new"), [*KEYS, jwk(RSA, "new")], NONCE)
