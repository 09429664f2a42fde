"""The limits in force: read at each request, changed by administrators, stored before they count."""

import asyncio
from collections.abc import Callable, Collection
from typing import Final

from ollamanet.application.inference.limit_ports import LimitVersions
from ollamanet.application.kernel.actor import Actor
from ollamanet.application.kernel.audit import AuditEntry
from ollamanet.application.kernel.uncancelled import uncancelled
from ollamanet.domain.inference.limit_rollout import Applied, Rollout
from ollamanet.domain.inference.limits import LimitSet
from ollamanet.domain.kernel.caller_limits import SaidLimits
from ollamanet.domain.kernel.ids import UserId

_REMEMBERED: Final = 10_000

Told = Callable[[Rollout, Rollout], AuditEntry]
Caller = tuple[UserId, Collection[str], str | None]


class LimitBook:
    """All versions of the limits, in memory.

    Attributes:
        epoch: grows with each change, for those who remember what they derived.
    """

    def __init__(self, rollout: Rollout, store: LimitVersions) -> None:
        """Begin with what was stored."""
        self._rollout = rollout
        self._store: Final = store
        self._changing: Final = asyncio.Lock()
        self._known: dict[Caller, tuple[SaidLimits, tuple[Applied, Applied | None]]] = {}
        self.epoch = 0

    @classmethod
    async def opened(cls, settings: LimitSet, store: LimitVersions) -> "LimitBook":
        """Read what is stored; `settings` is what version 1 says.

        Raises:
            StorageUnavailable: it cannot be read.
        """
        return cls(Rollout.of(settings, await store.load()), store)

    @property
    def rollout(self) -> Rollout:
        """Every version, as it is now."""
        return self._rollout

    def applied(self, actor: Actor) -> Applied:
        """What holds for a caller."""
        return self.both(actor.user_id, actor.roles, actor.key, actor.said)[0]

    def both(
        self, user: UserId, roles: frozenset[str], key: str | None, said: SaidLimits
    ) -> tuple[Applied, Applied | None]:
        """What holds for a caller, and what would by a version in shadow; a look-up for all but the first time."""
        caller = (user, roles, key)
        known = self._known.get(caller)
        # Compared, not part of the key: hashing what is said costs more, and a caller's next word replaces his last.
        if known is None or known[0] != said:
            known = said, (self._rollout.applied(*caller, said), self._rollout.shadowed(*caller, said))
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[caller] = known
        return known[1]

    async def change(self, make: Callable[[Rollout], Rollout], told: Told | None = None) -> Rollout:
        """Store what `make` changes, then let it hold; one change at a time, and none is left half done.

        What `told` says of it, given what was and what is, goes into the audit trail in the same transaction.

        Raises:
            Refusal: what `make` refuses, or the store; nothing has changed then.
        """
        return await uncancelled(self._change(make, told))

    async def _change(self, make: Callable[[Rollout], Rollout], told: Told | None) -> Rollout:
        async with self._changing:
            changed = make(self._rollout)
            before = {version.number: version for version in self._rollout.versions}
            stored = [version for version in changed.versions if version.is_stored]
            added = [version for version in stored if version.number not in before]
            altered = [version for version in stored if version.number in before and version != before[version.number]]
            if added or altered:
                entries = [] if told is None else [told(self._rollout, changed)]
                await self._store.save(added, altered, audit=entries)
            self._rollout = changed
            self._known = {}
            self.epoch += 1
            return changed
