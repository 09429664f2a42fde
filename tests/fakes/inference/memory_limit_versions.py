"""A store of limit versions that forgets, and can be told to fail."""

from collections.abc import Sequence

from ollamanet.application.kernel.audit import AuditEntry
from ollamanet.domain.inference.limit_rollout import LimitVersion
from ollamanet.domain.kernel.errors import Conflict, StorageUnavailable


class MemoryLimitVersions:
    """Keeps them in a dictionary.

    Attributes:
        broken: nothing can be stored while it is set.
    """

    def __init__(self) -> None:
        self.stored: dict[int, LimitVersion] = {}
        self.broken = False
        self.trail: list[AuditEntry] = []

    async def load(self) -> Sequence[LimitVersion]:
        return list(self.stored.values())

    async def save(
        self, added: Sequence[LimitVersion], changed: Sequence[LimitVersion], *, audit: Sequence[AuditEntry] = ()
    ) -> None:
        if self.broken:
            raise StorageUnavailable("the disk is full")
        if any(version.number in self.stored for version in added):
            raise Conflict("there is a version of that number")
        self.stored |= {version.number: version for version in (*added, *changed)}
        self.trail += audit
