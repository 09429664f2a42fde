"""Everybody's allowance, for as long as it differs from one that was never used."""

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final

from ollamanet.domain.inference.allowance import Allowance
from ollamanet.domain.inference.limits import UserLimits
from ollamanet.domain.kernel.ids import UserId

Owner = tuple[UserId, str | None]
"""A user, or a user with one of his API keys."""

_LOOKED_AT: Final = 4


@dataclass(slots=True)
class Allowances:
    """Those that are as new again are forgotten little by little, at O(1) a request."""

    _of: OrderedDict[Owner, Allowance] = field(default_factory=OrderedDict)

    def use(self, owner: Owner, limits: UserLimits, now: float) -> Allowance:
        """The owner's, under the limits that hold for him now (seconds)."""
        if (found := self._of.get(owner)) is None:
            found = self._of[owner] = Allowance.fresh(limits, now)
        elif found.limits is not limits:
            found.adopt(limits, now)
        self._of.move_to_end(owner)
        return found

    def seen(self, owner: Owner, limits: UserLimits, now: float) -> Allowance:
        """The same for a look: one that is not there is not kept."""
        found = self._of.get(owner) or Allowance.fresh(limits, now)
        if found.limits is not limits:
            found.adopt(limits, now)
        return found

    def clear(self) -> None:
        """Forget all, those in use too."""
        self._of.clear()

    def __len__(self) -> int:
        return len(self._of)

    def forget_idle(self, now: float) -> None:
        """Look at the few that were not used for longest; not between a use and what it is for."""
        for _ in range(min(_LOOKED_AT, len(self._of))):
            owner, oldest = self._of.popitem(last=False)
            if not oldest.is_idle(now):
                self._of[owner] = oldest
