"""Which passwords an account may have."""

from collections.abc import Callable, Collection

from ollamanet.domain.identity.password import Password

PasswordRules = Callable[[str, Collection[str]], Password]
"""Reads a new password, given the names of its owner; raises InvalidRequest that begins with `password:`."""


def by_length(text: str, _names: Collection[str]) -> Password:
    """Long enough is good enough.

    Raises:
        InvalidRequest: it is too short, too long, or cannot be typed.
    """
    return Password.parse(text)
