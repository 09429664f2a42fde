"""Secrets that are shown once: random, and stored as a hash only."""

from hashlib import sha256
from typing import Protocol


class SecretTokens(Protocol):
    """Where they come from."""

    def new(self) -> str:
        """43 characters that are safe in a URL, from 256 random bits."""
        ...


def fingerprint(token: str) -> str:
    """SHA-256 in hexadecimal; a random secret needs no slow hash."""
    return sha256(token.encode()).hexdigest()
