"""Take a version of the limits out of use."""

from dataclasses import dataclass

from ollamanet.application.inference.audited import Audited, LimitsEntry
from ollamanet.application.inference.limit_book import LimitBook
from ollamanet.application.kernel.actor import Actor
from ollamanet.application.kernel.clock import Clock
from ollamanet.domain.inference.limit_rollout import LimitVersion
from ollamanet.domain.kernel.permissions import Permission


@dataclass(frozen=True, slots=True)
class RollBackLimits(Audited):
    """Which version."""

    actor: Actor
    number: int


@dataclass(frozen=True, slots=True)
class RollBackLimitsHandler:
    """For administrators."""

    book: LimitBook
    clock: Clock

    async def __call__(self, command: RollBackLimits) -> LimitVersion:
        """Take it out of use; idempotent. If it was active, the one before it is so again.

        Returns:
            The version that is active now.

        Raises:
            Forbidden: the caller may not change the system.
            NotFound: there is no such version.
            Conflict: it is the settings' own.
            StorageUnavailable: nothing has changed.
        """
        command.actor.require(Permission.SYSTEM_WRITE)
        now, user = self.clock.now(), command.actor.user_id
        entry = LimitsEntry("rolled_back", command.number, command, self.clock)
        rolled_back = await self.book.change(lambda old: old.rolled_back(command.number, at=now, by=user), entry)
        return rolled_back.active
