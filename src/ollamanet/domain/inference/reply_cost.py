"""What a request is likely to take of a replica, in the unit by which slots are shared."""

from dataclasses import dataclass
from typing import Final

PROMPT_SHARE: Final = 8
"""Prompt tokens that take as long as one token of an answer: a GPU reads many at once, and writes one by one."""


@dataclass(frozen=True, slots=True)
class ReplyCost:
    """An estimate.

    Attributes:
        prompt: tokens, >= 0.
        output: tokens the answer is taken for, >= 1.
    """

    prompt: int
    output: int

    @property
    def tokens(self) -> int:
        """Tokens in all, as limits count them."""
        return self.prompt + self.output

    @property
    def expected(self) -> int:
        """Units of work, >= 1."""
        return self.units(self.prompt, self.output)

    @staticmethod
    def units(prompt: int, output: int) -> int:
        """Units of work that so many tokens are, >= 1."""
        return max(1, -(-prompt // PROMPT_SHARE) + output)
