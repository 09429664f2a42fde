"""A sign-in that is under way, as a text that the browser keeps and cannot change."""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b, sha256
from typing import Final

import msgspec

from ollamanet.domain.identity.sign_in_flow import SignInFlow
from ollamanet.infrastructure.identity.signing_keys import SigningKeys

_LONGEST: Final = 4000

_decoder: Final = msgspec.json.Decoder(SignInFlow)


@dataclass(frozen=True, slots=True)
class SignedFlows:
    """Signs with what the keys of access tokens are made of, so that every instance reads what another one gave.

    Attributes:
        keys: those of this moment.
    """

    keys: Callable[[], SigningKeys]

    def sealed(self, flow: SignInFlow) -> str:
        """The flow with its signature; of characters that a cookie takes."""
        body = _text(msgspec.json.encode(flow))
        return f"{body}.{_text(_mac(self.keys().current, body))}"

    def opened(self, text: str | None) -> SignInFlow | None:
        """The flow; None for what we did not sign."""
        if text is None or len(text) > _LONGEST or not text.isascii():
            return None
        body, _, signature = text.partition(".")
        try:
            given = _bytes(signature)
            if not any(hmac.compare_digest(_mac(key, body), given) for key in self.keys().secrets.values()):
                return None
            return _decoder.decode(_bytes(body))
        except (Base64Error, ValueError, msgspec.MsgspecError):
            return None


def _mac(key: bytes, body: str) -> bytes:
    own = blake2b(key, digest_size=32, person=b"sign-in-flows").digest()
    return hmac.new(own, body.encode(), sha256).digest()


def _text(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
