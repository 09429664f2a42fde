"""The audit trail at the wire."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Self
from uuid import UUID

import msgspec

from ollamanet.application.operations.audit_ports import RecordedEntry
from ollamanet.interfaces.kernel.paging import PageView


class AuditActorView(msgspec.Struct):
    """Who did it: an account and the API key it came with, or a name only."""

    id: UUID | None
    name: str
    key_id: str | None


class AuditEntryView(msgspec.Struct, kw_only=True):
    """One thing that was done, or was tried. `hash` is over all the others, and so over all entries before it."""

    seq: int
    at: datetime
    action: str
    actor: AuditActorView
    target: str
    target_name: str
    address: str
    device: str
    request_id: str
    before: dict[str, Any]
    after: dict[str, Any]
    previous_hash: str
    hash: str

    @classmethod
    def of(cls, entry: RecordedEntry) -> Self:
        """The whole entry."""
        return cls(
            seq=entry.seq,
            at=entry.at,
            action=entry.action,
            actor=AuditActorView(entry.actor_id, entry.actor_name, entry.key_id),
            target=entry.target,
            target_name=entry.target_name,
            address=entry.address,
            device=entry.device,
            request_id=entry.request_id,
            before=dict(entry.before),
            after=dict(entry.after),
            previous_hash=entry.previous_hash,
            hash=entry.hash,
        )


class AuditPage(PageView[AuditEntryView]):
    """A page of the trail, the newest first."""


_encoder = msgspec.json.Encoder()


def json_lines(entries: Sequence[RecordedEntry]) -> bytes:
    """One JSON object a line."""
    return _encoder.encode_lines([AuditEntryView.of(entry) for entry in entries])
