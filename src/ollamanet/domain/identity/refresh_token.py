"""Refresh tokens in clear, as short as they live."""

import hashlib
import re
from dataclasses import dataclass, field
from typing import Final, Self

from ollamanet.domain.kernel.errors import Unauthenticated

_SHAPE: Final = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """32 random bytes in base64url; its representation never shows them.

    Attributes:
        text: 43 characters.
    """

    text: str = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> Self:
        """What somebody shows.

        Raises:
            Unauthenticated: no token of ours looks like that.
        """
        if _SHAPE.fullmatch(text) is None:
            raise Unauthenticated("the refresh token is not valid")
        return cls(text)

    @property
    def digest(self) -> str:
        """SHA-256 in hexadecimal: what is stored. It needs no salt, as nobody can guess what it is of."""
        return hashlib.sha256(self.text.encode("ascii")).hexdigest()
