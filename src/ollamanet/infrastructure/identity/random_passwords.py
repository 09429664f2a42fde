"""Passwords that nobody chose."""

import secrets
from typing import Final

from ollamanet.domain.identity.password import Password

# Without letters and digits that are taken for one another when they are read aloud or typed from paper.
_ALPHABET: Final = "abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_GROUPS: Final = 5
_GROUP: Final = 5


class RandomPasswords:
    """A `PasswordSource`: five groups of five characters, 145 bits."""

    def new(self) -> Password:
        """Another one each time."""
        groups = ("".join(secrets.choice(_ALPHABET) for _ in range(_GROUP)) for _ in range(_GROUPS))
        return Password("-".join(groups))
