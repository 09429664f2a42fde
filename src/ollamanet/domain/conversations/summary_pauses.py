"""How long a conversation does without another attempt at a summary that its model could not make."""

from collections import OrderedDict
from dataclasses import dataclass, field

from ollamanet.domain.kernel.ids import ConversationId
from ollamanet.domain.kernel.model_name import ModelName

Attempt = tuple[ConversationId, ModelName]
"""A conversation, and who is to summarize it: another model may well be able to."""


@dataclass(frozen=True, slots=True)
class _Failed:
    times: int
    until: float


@dataclass(slots=True)
class SummaryPauses:
    """A pause after each failure, twice as long as the one before; times are in seconds that never go back.

    Attributes:
        first: seconds, > 0.
        longest: seconds, >= `first`.
        most: failures that are remembered, >= 1; beyond, the oldest is forgotten, and tried again the sooner.
    """

    first: float = 60.0
    longest: float = 3600.0
    most: int = 1000
    _failed: OrderedDict[Attempt, _Failed] = field(default_factory=OrderedDict)

    def __len__(self) -> int:
        return len(self._failed)

    def over(self, attempt: Attempt, now: float) -> bool:
        """Whether it may be tried."""
        before = self._failed.get(attempt)
        return before is None or now >= before.until

    def failed(self, attempt: Attempt, now: float) -> None:
        """It was tried in vain."""
        before = self._failed.pop(attempt, None)
        times = 1 if before is None else before.times + 1
        # Bounded before it is raised, as a float has an end.
        pause = min(self.first * 2.0 ** min(times - 1, 64), self.longest)
        self._failed[attempt] = _Failed(times, now + pause)
        if len(self._failed) > self.most:
            self._failed.popitem(last=False)

    def succeeded(self, attempt: Attempt) -> None:
        """It came to something: failures before do not count any more."""
        self._failed.pop(attempt, None)
