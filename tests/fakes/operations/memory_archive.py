"""An audit trail in a list, to be written and read."""

from collections.abc import AsyncGenerator, Sequence
from hashlib import sha256

from ollamanet.application.kernel.audit import AuditEntry
from ollamanet.application.kernel.page import Page, PageRequest
from ollamanet.application.operations.audit_ports import RecordedEntry
from ollamanet.domain.operations.audit_chain import START, Anchor, Link
from ollamanet.domain.operations.audit_filter import AuditFilter


class MemoryArchive:
    """`AuditTrail` and `AuditArchive` in one; its hashes are of numbers only.

    Attributes:
        refusal: what recording raises, if anything.
    """

    def __init__(self) -> None:
        self.stored: list[RecordedEntry] = []
        self.refusal: Exception | None = None

    async def record(self, *entries: AuditEntry) -> None:
        if self.refusal is not None:
            raise self.refusal
        for entry in entries:
            self.stored.append(_recorded(entry, len(self.stored) + 1))

    async def page(self, wanted: AuditFilter, page: PageRequest) -> Page[RecordedEntry]:
        found = [each for each in reversed(self.stored) if _is_wanted(each, wanted)]
        return Page(found[page.offset : page.offset + page.page_size], page.page, page.page_size, len(found))

    async def entries(self, wanted: AuditFilter, *, until: int) -> AsyncGenerator[Sequence[RecordedEntry]]:
        for each in self.stored[:until]:
            if _is_wanted(each, wanted):
                yield [each]

    async def links(self, *, until: int) -> AsyncGenerator[Sequence[Link]]:
        for each in self.stored[:until]:
            yield [Link(each.seq, each.previous_hash, each.hash, _hash(each.seq))]

    async def newest(self) -> int:
        return len(self.stored)

    async def head(self) -> Anchor | None:
        return Anchor(self.stored[-1].seq, self.stored[-1].hash) if self.stored else START


def _hash(seq: int) -> str:
    return sha256(str(seq).encode()).hexdigest() if seq else ""


def _recorded(entry: AuditEntry, seq: int) -> RecordedEntry:
    by, origin = entry.by, entry.origin
    return RecordedEntry(
        seq, entry.at, entry.action, by.user_id, by.name, by.key, entry.target, entry.target_name,
        origin.address, origin.device, origin.request_id, entry.before, entry.after, _hash(seq - 1), _hash(seq),
    )  # fmt: skip


def _is_wanted(entry: RecordedEntry, wanted: AuditFilter) -> bool:
    equal = {
        wanted.actor_id: entry.actor_id,
        wanted.actor_name: entry.actor_name,
        wanted.address: entry.address,
        wanted.request_id: entry.request_id,
    }
    begun = [(wanted.action, entry.action, "."), (wanted.target, entry.target, ":")]
    return (
        all(asked is None or asked == given for asked, given in equal.items())
        and all(
            asked is None or (given.startswith(asked) if asked.endswith(end) else given == asked)
            for asked, given, end in begun
        )
        and (wanted.since is None or entry.at >= wanted.since)
        and (wanted.until is None or entry.at < wanted.until)
    )
