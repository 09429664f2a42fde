"""Let a version of the limits do something else: hold for all, for some, or be looked at only."""

from dataclasses import dataclass

from ollamanet.application.inference.audited import Audited, LimitsEntry
from ollamanet.application.inference.limit_book import LimitBook
from ollamanet.application.kernel.actor import Actor
from ollamanet.application.kernel.clock import Clock
from ollamanet.domain.inference.limit_rollout import CHOSEN, LimitVersion, Mode, Rollout
from ollamanet.domain.kernel.errors import InvalidRequest
from ollamanet.domain.kernel.permissions import Permission


@dataclass(frozen=True, slots=True)
class ChangeLimitVersion(Audited):
    """What is to change; None leaves it as it is."""

    actor: Actor
    number: int
    mode: Mode | None = None
    percent: float | None = None


@dataclass(frozen=True, slots=True)
class ChangeLimitVersionHandler:
    """For administrators."""

    book: LimitBook
    clock: Clock

    async def __call__(self, command: ChangeLimitVersion) -> LimitVersion:
        """Store it and let it hold.

        Raises:
            Forbidden: the caller may not change the system.
            NotFound: there is no such version.
            InvalidRequest: a percentage for what is no canary, or for a version out of use without a new mode.
            Conflict: the version is the settings' own, is active, or another one does that already.
            StorageUnavailable: nothing has changed.
        """
        command.actor.require(Permission.SYSTEM_WRITE)
        now, user = self.clock.now(), command.actor.user_id

        def changed(rollout: Rollout) -> Rollout:
            version = rollout.get(command.number)
            mode = command.mode or version.mode
            if mode is version.mode and command.percent in (None, version.percent):
                return rollout
            if mode not in CHOSEN:
                raise InvalidRequest(f"mode: required, as version {version.number} is {version.mode.value}")
            if command.percent is not None and mode is not Mode.CANARY:
                raise InvalidRequest("percent: only a canary has one")
            percent = version.percent if command.percent is None else command.percent
            return rollout.with_mode(version.number, mode, percent, at=now, by=user)

        entry = LimitsEntry("changed", command.number, command, self.clock)
        return (await self.book.change(changed, entry)).get(command.number)
