"""Tokens such as a provider would make, and such as somebody else would."""

import json
import warnings
from typing import Any, Final

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm
from tests.fakes.identity.fixed_time import NOON

ISSUER: Final = "https://sso.example"
CLIENT: Final = "ollamanet"
NONCE: Final = "n" * 43
AT: Final = int(NOON.timestamp())

RSA: Final = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER_RSA: Final = rsa.generate_private_key(public_exponent=65537, key_size=2048)
SHORT_RSA: Final = rsa.generate_private_key(public_exponent=65537, key_size=1024)
EC: Final = ec.generate_private_key(ec.SECP256R1())
P384: Final = ec.generate_private_key(ec.SECP384R1())


def jwk(key: Any, kid: str | None, **more: Any) -> dict[str, Any]:
    """The public part of a key, as providers show it."""
    algorithm = RSAAlgorithm if isinstance(key, rsa.RSAPrivateKey) else ECAlgorithm
    shown = json.loads(algorithm.to_jwk(key.public_key()))
    return {**shown, **({} if kid is None else {"kid": kid}), **more}


KEYS: Final = [
    jwk(RSA, "r", alg="RS256", use="sig"),
    jwk(EC, "e", use="sig"),
    jwk(SHORT_RSA, "short"),
    jwk(P384, "p384"),
    jwk(RSA, "enc", use="enc"),
    {"kty": "oct", "kid": "o", "k": "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3I"},
]


def token(key: Any = RSA, alg: str = "RS256", kid: str | None = "r", **claims: Any) -> str:
    """A token that is right but for what is given; None takes a claim away."""
    said = {
        "iss": ISSUER,
        "sub": "ada",
        "aud": CLIENT,
        "exp": AT + 300,
        "iat": AT,
        "nonce": NONCE,
        "email": "ada@example.org",
        "email_verified": True,
    } | claims
    headers = {} if kid is None else {"kid": kid}
    with warnings.catch_warnings():
        # The library knows what is wrong with some of these.
        warnings.simplefilter("ignore")
        return jwt.encode({name: value for name, value in said.items() if value is not None}, key, alg, headers)
