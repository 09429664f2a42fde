"""The set-up token, derived from the signing key: every instance finds the same one, and nobody stores it."""

import hmac
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

PREFIX: Final = "ons_"

_PURPOSE: Final = b"ollamanet: set-up of the first administrator"


@dataclass(frozen=True, slots=True)
class DerivedSetupToken:
    """A `SetupToken`; another signing key makes another one.

    Attributes:
        key: 32 secret bytes.
    """

    key: bytes = field(repr=False)

    @property
    def text(self) -> str:
        """`ons_` and 40 hexadecimal digits."""
        return PREFIX + hmac.new(self.key, _PURPOSE, sha256).hexdigest()[:40]

    def matches(self, offered: str) -> bool:
        """Whether this is it, with spaces around forgiven; takes as long whatever was offered."""
        return hmac.compare_digest(offered.strip().encode(errors="surrogatepass"), self.text.encode())
