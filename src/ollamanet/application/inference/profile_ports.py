"""What the account of the active profile needs from the outside."""

from collections.abc import Sequence
from typing import Protocol

from ollamanet.domain.inference.warmth import Warmth


class WarmModels(Protocol):
    """Who keeps models loaded."""

    def states(self) -> Sequence[Warmth]:
        """Every model that is to be kept loaded, on every replica; asks nobody."""
        ...
