"""Tokens that nobody can guess."""

import secrets
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RandomSecrets:
    """A `Secrets` of the operating system's randomness.

    Attributes:
        prefix: tells what a token is for, and makes one that leaked recognisable.
    """

    prefix: str = ""

    def new(self) -> str:
        """The prefix and 256 bits in 43 URL-safe characters."""
        return self.prefix + secrets.token_urlsafe(32)
