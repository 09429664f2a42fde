"""Secrets that are shown once: random, and stored as a digest only."""

from hashlib import sha256
from typing import Protocol


class Secrets(Protocol):
    """Where they come from."""

    def new(self) -> str:
        """Another one each time: 43 characters of `A-Z a-z 0-9 - _`, 256 bits that nobody can guess."""
        ...


def token_digest(token: str) -> str:
    """What is stored of a random token: SHA-256 in hexadecimal, 64 characters; it has the entropy to need no more."""
    return sha256(token.encode(errors="surrogatepass")).hexdigest()
