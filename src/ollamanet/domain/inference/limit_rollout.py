"""Versions of the limits, and for whom each of them holds."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from hashlib import blake2b

from ollamanet.domain.inference.limits import LimitSet, Source, UserLimits
from ollamanet.domain.kernel.caller_limits import NOBODY_SAID, SaidLimits
from ollamanet.domain.kernel.errors import Conflict, NotFound
from ollamanet.domain.kernel.ids import UserId

_PARTS = 10_000


class Mode(StrEnum):
    """What a version does."""

    ACTIVE = "active"
    CANARY = "canary"
    SHADOW = "shadow"
    SUPERSEDED = "superseded"
    ROLLED_BACK = "rolled_back"


CHOSEN = (Mode.ACTIVE, Mode.CANARY, Mode.SHADOW)
"""What a version can be told to do; the others follow from it, and only one version at a time does each of these."""


@dataclass(frozen=True, slots=True)
class LimitVersion:
    """Limits, what they are used for, and who wanted it so.

    Attributes:
        limits: the numbers.
        mode: what the version does now.
        percent: of users who get it as a canary, 0 to 100.
        created_at, created_by: when it was made and by whom; None for the settings of the service.
        changed_at, changed_by: of the last change of its mode or percentage.
        activated_at: when it became active last; None if it never did.
        note: why it was made, for people.
    """

    limits: LimitSet
    mode: Mode
    percent: float = 0.0
    created_at: datetime | None = None
    created_by: UserId | None = None
    changed_at: datetime | None = None
    changed_by: UserId | None = None
    activated_at: datetime | None = None
    note: str = ""

    @property
    def number(self) -> int:
        """Which version it is."""
        return self.limits.number

    @property
    def is_stored(self) -> bool:
        """False for the version that the settings make."""
        return self.created_at is not None

    def marked(self, mode: Mode, at: datetime | None, by: UserId | None) -> "LimitVersion":
        """The version in another mode; of the settings' own nobody remembers who wanted it."""
        if not self.is_stored:
            return replace(self, mode=mode)
        return replace(self, mode=mode, changed_at=at, changed_by=by)

    def includes(self, user: UserId) -> bool:
        """Whether it holds for the user as a canary: always the same answer, and a higher percentage only adds some."""
        hashed = blake2b(user.bytes + self.number.to_bytes(8, "big"), digest_size=8).digest()
        return int.from_bytes(hashed, "big") % _PARTS < round(self.percent * _PARTS / 100)


@dataclass(frozen=True, slots=True)
class Applied:
    """What holds for one caller.

    Attributes:
        version: its number.
        mode: `ACTIVE`, or `CANARY` where the caller is one of those who try it; `SHADOW` where it is only looked at.
        source: why these numbers.
        limits: his own.
        key: those of the API key he came with, if it has any.
    """

    version: int
    mode: Mode
    source: Source
    limits: UserLimits
    key: UserLimits | None = None


@dataclass(frozen=True, slots=True)
class Rollout:
    """All versions, oldest first; the first one is the settings' and is active while no other is.

    What changes a rollout returns the new one and leaves it to the caller to store the versions that differ.
    """

    versions: tuple[LimitVersion, ...]

    @classmethod
    def of(cls, settings: LimitSet, stored: Sequence[LimitVersion]) -> "Rollout":
        """The settings as the first version, and the stored ones."""
        active = any(version.mode is Mode.ACTIVE for version in stored)
        first = LimitVersion(settings, Mode.SUPERSEDED if active else Mode.ACTIVE)
        return cls((first, *sorted(stored, key=lambda version: version.number)))

    def in_mode(self, mode: Mode) -> LimitVersion | None:
        """The version that does it, if one does."""
        return next((version for version in reversed(self.versions) if version.mode is mode), None)

    @property
    def active(self) -> LimitVersion:
        """The version for everybody who is not a canary."""
        return self.in_mode(Mode.ACTIVE) or self.versions[0]

    def get(self, number: int) -> LimitVersion:
        """One version.

        Raises:
            NotFound: there is none of that number.
        """
        for version in self.versions:
            if version.number == number:
                return version
        raise NotFound(f"there is no version {number} of the limits")

    def applied(self, user: UserId, roles: Collection[str], key: str | None, said: SaidLimits = NOBODY_SAID) -> Applied:
        """What holds for a caller now."""
        canary = self.in_mode(Mode.CANARY)
        return _applied(canary if canary and canary.includes(user) else self.active, user, roles, key, said)

    def shadowed(
        self, user: UserId, roles: Collection[str], key: str | None, said: SaidLimits = NOBODY_SAID
    ) -> Applied | None:
        """What would hold for him by the version that is only looked at."""
        shadow = self.in_mode(Mode.SHADOW)
        return None if shadow is None else _applied(shadow, user, roles, key, said)

    def with_new(self, version: LimitVersion) -> "Rollout":
        """Add a version, numbered after the last one, and let it do what its mode says.

        Raises:
            Conflict: another version does that already; not raised for an active one, which takes its place.
        """
        number = self.versions[-1].number + 1
        added = replace(version, limits=version.limits.numbered(number))
        waiting = replace(added, mode=Mode.SUPERSEDED)
        return Rollout((*self.versions, waiting)).with_mode(
            number, added.mode, added.percent, at=added.created_at, by=added.created_by
        )

    def with_mode(
        self, number: int, mode: Mode, percent: float, *, at: datetime | None, by: UserId | None
    ) -> "Rollout":
        """Let a version do something else.

        Raises:
            NotFound: there is no such version.
            Conflict: it is active and would leave nothing in its place, or another one does that already.
        """
        version = self.get(number)
        if number == self.versions[0].number:
            raise Conflict("version 1 is what the settings say; roll the active version back to return to it")
        if version.mode is Mode.ACTIVE and mode is not Mode.ACTIVE:
            raise Conflict(f"version {number} is active; roll it back, or make another one active")
        other = self.in_mode(mode)
        if other is not None and other.number != number and mode is not Mode.ACTIVE:
            raise Conflict(f"version {other.number} is the {mode} already; roll it back first")
        changed = replace(version.marked(mode, at, by), percent=percent)
        if mode is not Mode.ACTIVE:
            return self._replaced(changed)
        changed = replace(changed, activated_at=version.activated_at if version.mode is mode else at)
        if other is None or other.number == number:
            return self._replaced(changed)
        return self._replaced(changed, other.marked(Mode.SUPERSEDED, at, by))

    def rolled_back(self, number: int, *, at: datetime, by: UserId) -> "Rollout":
        """Take a version out of use; if it was active, the one that was active before it is so again.

        Raises:
            NotFound: there is no such version.
            Conflict: it is the settings' own.
        """
        version = self.get(number)
        if number == self.versions[0].number:
            raise Conflict("version 1 is what the settings say, and cannot be rolled back")
        if version.mode is Mode.ROLLED_BACK:
            return self
        taken = version.marked(Mode.ROLLED_BACK, at, by)
        if version.mode is not Mode.ACTIVE:
            return self._replaced(taken)
        earlier = [each for each in self.versions if each.mode is Mode.SUPERSEDED and each.activated_at is not None]
        before = max(earlier, key=lambda each: (each.activated_at, each.number), default=self.versions[0])
        return self._replaced(taken, before.marked(Mode.ACTIVE, at, by))

    def _replaced(self, *changed: LimitVersion) -> "Rollout":
        by_number = {version.number: version for version in changed}
        return Rollout(tuple(by_number.get(version.number, version) for version in self.versions))


def _applied(version: LimitVersion, user: UserId, roles: Collection[str], key: str | None, said: SaidLimits) -> Applied:
    limits, source = version.limits.of(user, roles, said)
    of_key = None if key is None else version.limits.of_key(key, limits, said.key)
    return Applied(version.number, version.mode, source, limits, of_key)
