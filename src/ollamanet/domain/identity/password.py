"""Passwords in clear, as short as they live."""

from dataclasses import dataclass, field
from typing import Final, Self

from ollamanet.domain.identity.text import checked_text, compatible
from ollamanet.domain.kernel.errors import InvalidRequest

SHORTEST: Final = 12
LONGEST: Final = 1024


@dataclass(frozen=True, slots=True)
class Password:
    """A password in NFKC, so that it is the same on every keyboard; its representation never shows it.

    Attributes:
        secret: the password itself.
    """

    secret: str = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> Self:
        """A password for an account; any characters, no rules of composition.

        Raises:
            InvalidRequest: it has fewer than 12 or more than 1024 characters, a NUL or a lone surrogate.
        """
        password = cls.attempt(text)
        if not SHORTEST <= len(password.secret) <= LONGEST:
            raise InvalidRequest(f"password: expected {SHORTEST} to {LONGEST} characters")
        return password

    @classmethod
    def attempt(cls, text: str) -> Self:
        """What somebody offers at sign-in: today's rule need not have been the rule when it was chosen.

        Raises:
            InvalidRequest: it is longer than any password may be, or has a NUL or a lone surrogate.
        """
        if len(text) > LONGEST:
            raise InvalidRequest(f"password: expected at most {LONGEST} characters")
        return cls(compatible(checked_text("password", text)))
