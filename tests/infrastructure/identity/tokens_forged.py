"""Tokens as an attacker makes them."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

from tests.fakes.identity.fixed_time import NOON
from tests.fakes.identity.people import ADA

from ollamanet.domain.kernel.ids import SessionId
from ollamanet.infrastructure.identity.signing_keys import SigningKeys

NOW = int(NOON.timestamp())
SESSION = SessionId(UUID("00000000-0000-7000-8000-0000000000aa"))
GOOD: dict[str, Any] = {
    "sub": str(ADA.id),
    "sid": str(SESSION),
    "iat": NOW,
    "nbf": NOW,
    "exp": NOW + 900,
    "jti": "1",
    "iss": "ollamanet",
    "aud": "ollamanet",
}


def hs256(signed: bytes, key: bytes) -> bytes:
    return hmac.new(key, signed, hashlib.sha256).digest()


def part(value: object) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def forged(
    keys: SigningKeys,
    *,
    header: dict[str, Any] | bytes | None = None,
    claims: dict[str, Any] | bytes | None = None,
    key: bytes | None = None,
    sign: Callable[[bytes, bytes], bytes] = hs256,
) -> str:
    """A token with the right key and the right claims, but for what is given; None as a value takes a field out."""
    head = header if isinstance(header, bytes) else {"alg": "HS256", "typ": "JWT", "kid": keys.kid, **(header or {})}
    body = claims if isinstance(claims, bytes) else {**GOOD, **(claims or {})}
    parts = [
        part({name: value for name, value in piece.items() if value is not None} if isinstance(piece, dict) else piece)
        for piece in (head, body)
    ]
    signed = ".".join(parts)
    return f"{signed}.{part(sign(signed.encode(), key or keys.current))}"
