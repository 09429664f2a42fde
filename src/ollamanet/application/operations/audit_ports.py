"""What reading the audit trail needs from the outside."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from ollamanet.application.kernel.page import Page, PageRequest
from ollamanet.domain.operations.audit_chain import Anchor, Link
from ollamanet.domain.operations.audit_filter import AuditFilter


@dataclass(frozen=True, slots=True)
class RecordedEntry:
    """An entry as it is stored.

    Attributes:
        seq: its number, from 1, without gaps.
        actor_id: the account that did it; None for the command line, and for those who have none.
        key_id: the API key that was shown.
        before, after: what changed.
        previous_hash: of the entry before it.
        hash: over all the others.
    """

    seq: int
    at: datetime
    action: str
    actor_id: UUID | None
    actor_name: str
    key_id: str | None
    target: str
    target_name: str
    address: str
    device: str
    request_id: str
    before: Mapping[str, object]
    after: Mapping[str, object]
    previous_hash: str
    hash: str


class AuditArchive(Protocol):
    """The audit trail, as those see it who read it; nothing here changes it."""

    async def page(self, wanted: AuditFilter, page: PageRequest) -> Page[RecordedEntry]:
        """The entries that are wanted, the newest first."""
        ...

    def entries(self, wanted: AuditFilter, *, until: int) -> AsyncGenerator[Sequence[RecordedEntry]]:
        """The same, the oldest first, up to a number, in batches of 1..some hundred; no transaction spans them."""
        ...

    def links(self, *, until: int) -> AsyncGenerator[Sequence[Link]]:
        """The chain from its beginning up to a number, in batches of 1..some hundred, by number."""
        ...

    async def newest(self) -> int:
        """The largest number of any entry; 0 where there is none."""
        ...

    async def head(self) -> Anchor | None:
        """What the head says; None where it is gone."""
        ...
