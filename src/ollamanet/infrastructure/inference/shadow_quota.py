"""Limits that are only looked at: what they would refuse is counted, and nobody is refused."""

from typing import Final

from ollamanet.application.inference.limit_ports import ShadowCount
from ollamanet.domain.inference.allowance import Allowance, Moment
from ollamanet.domain.inference.allowances import Allowances, Owner
from ollamanet.domain.inference.day_window import DayUse
from ollamanet.domain.inference.limit_rollout import Applied
from ollamanet.domain.kernel.errors import Refusal


class ShadowQuota:
    """Buckets of its own for the version in shadow; the day's tokens are the real ones.

    Attributes:
        counts: by the number of the version.
    """

    def __init__(self) -> None:
        self.counts: Final[dict[int, ShadowCount]] = {}
        self._allowances: Final = Allowances()
        self._version = 0

    def look(
        self,
        owner: Owner,
        applied: Applied,
        days: tuple[DayUse, DayUse],
        number: int,
        tokens: int,
        moment: Moment,
        *,
        refused: bool,
    ) -> tuple[Allowance, ...]:
        """Decide as if the version held.

        Args:
            owner: the user, and the key he came with.
            applied: what would hold for him.
            days: what he, and the key, used of the day.
            number: of the request.
            tokens: it is expected to need.
            moment: now.
            refused: whether the limits in force refuse it.

        Returns:
            The allowances it is charged to, which are to be settled like the real ones; none if either refuses it.
        """
        if applied.version != self._version:
            self._version = applied.version
            self._allowances.clear()
        self._allowances.forget_idle(moment.now)
        user, key = owner
        allowances = [self._allowances.use((user, None), applied.limits, moment.now)]
        if key is not None and applied.key is not None:
            allowances.append(self._allowances.use(owner, applied.key, moment.now))
        would = next(
            (
                refusal
                for allowance, day in zip(allowances, days, strict=False)
                if (refusal := allowance.refusal(tokens, moment, day, "your"))
            ),
            None,
        )
        self._count(applied.version, would, refused=refused)
        if would is not None or refused:
            return ()
        for allowance in allowances:
            allowance.take(number, tokens, moment.now)
        return tuple(allowances)

    def _count(self, version: int, would: Refusal | None, *, refused: bool) -> None:
        counted = self.counts.setdefault(version, ShadowCount())
        counted.evaluated += 1
        if would is not None:
            counted.refused[would.code] = counted.refused.get(would.code, 0) + 1
        elif refused:
            counted.spared += 1
