"""Is the audit trail what it was?"""

from collections.abc import Sequence
from dataclasses import dataclass

from ollamanet.application.operations.audit_ports import AuditArchive
from ollamanet.domain.operations.audit_chain import Anchor, ChainCheck, Fault


@dataclass(frozen=True, slots=True)
class TrailVerdict:
    """What became of the trail.

    Attributes:
        entries: that were looked at.
        head: the last entry, to be noted elsewhere; None where the head is gone.
        damaged: faults in all; `faults` has the first hundred.
    """

    entries: int
    head: Anchor | None
    damaged: int
    faults: Sequence[Fault]

    @property
    def whole(self) -> bool:
        """Whether nothing is wrong."""
        return self.damaged == 0


@dataclass(frozen=True, slots=True)
class VerifyTrailHandler:
    """Reads all of it, a batch at a time; others go on appending meanwhile."""

    archive: AuditArchive

    async def __call__(self, expected: Sequence[Anchor] = ()) -> TrailVerdict:
        """Follow the chain from the first entry to the head.

        Args:
            expected: anchors that were noted elsewhere: the only thing that shows that somebody who has the whole
                database made every hash anew, or cut the end and moved the head back.
        """
        # In this order: an entry that is there now is known to a head that is read later.
        newest = await self.archive.newest()
        head = await self.archive.head()
        check = ChainCheck(expected)
        async for batch in self.archive.links(until=newest if head is None else head.seq):
            for link in batch:
                check.follow(link)
        check.finish(head, newest)
        return TrailVerdict(check.entries, head, check.damaged, check.faults)
