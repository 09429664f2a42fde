"""Make a new version of the limits."""

from collections.abc import Callable
from dataclasses import dataclass

from ollamanet.application.inference.audited import Audited, LimitsEntry
from ollamanet.application.inference.limit_book import LimitBook
from ollamanet.application.kernel.actor import Actor
from ollamanet.application.kernel.clock import Clock
from ollamanet.domain.inference.limit_rollout import LimitVersion, Mode, Rollout
from ollamanet.domain.inference.limits import LimitSet
from ollamanet.domain.kernel.permissions import Permission


@dataclass(frozen=True, slots=True)
class CreateLimitVersion(Audited):
    """A new version.

    Attributes:
        numbers: makes the limits from those of the version that is active; their own number does not count, the next
            one is given.
        mode: one of `CHOSEN`.
        percent: of users, 0 to 100, where the mode is `CANARY`.
        note: why; for people.
    """

    actor: Actor
    numbers: Callable[[LimitSet], LimitSet]
    mode: Mode
    percent: float = 0.0
    note: str = ""


@dataclass(frozen=True, slots=True)
class CreateLimitVersionHandler:
    """For administrators."""

    book: LimitBook
    clock: Clock

    async def __call__(self, command: CreateLimitVersion) -> LimitVersion:
        """Store it and let it hold.

        Raises:
            Forbidden: the caller may not change the system.
            Conflict: another version is canary, or shadow, already.
            StorageUnavailable: nothing has changed.
        """
        command.actor.require(Permission.SYSTEM_WRITE)
        now, user = self.clock.now(), command.actor.user_id

        # Made from what is active when its turn has come, so that it undoes nothing that another one changed meanwhile.
        def added(rollout: Rollout) -> Rollout:
            limits = command.numbers(rollout.active.limits)
            return rollout.with_new(
                LimitVersion(limits, command.mode, command.percent, created_at=now, created_by=user, note=command.note)
            )

        return (await self.book.change(added, LimitsEntry("created", None, command, self.clock))).versions[-1]
