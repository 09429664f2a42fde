"""Secrets from the operating system's random numbers."""

import secrets

_BYTES = 32


class RandomTokens:
    """A source of `SecretTokens`."""

    def new(self) -> str:
        """43 characters that are safe in a URL, from 256 random bits."""
        return secrets.token_urlsafe(_BYTES)
