"""Secrets that nobody guesses."""

import secrets
from typing import Final

_BYTES: Final = 32


class RandomSecrets:
    """`RefreshSecrets` from the operating system."""

    def new(self) -> str:
        """32 random bytes in base64url, 43 characters."""
        return secrets.token_urlsafe(_BYTES)
