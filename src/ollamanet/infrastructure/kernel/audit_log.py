"""Appends to the audit trail within a transaction: each entry's hash is over itself and the hash before it."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from uuid import UUID

import msgspec
from sqlalchemy import Connection

from ollamanet.application.kernel.audit import AuditEntry
from ollamanet.infrastructure.kernel import audit_statements as statements

_HASHED = (
    "seq",
    "at",
    "action",
    "actor_id",
    "actor_name",
    "key_id",
    "target",
    "target_name",
    "address",
    "device",
    "request_id",
    "before",
    "after",
    "previous_hash",
)


def append(connection: Connection, entries: Sequence[AuditEntry]) -> None:
    """Append in order, on a connection that is in a transaction; others who append wait until it ends."""
    if not entries:
        return
    connection.execute(statements.LOCK_HEAD)
    seq, previous = connection.execute(statements.READ_HEAD).one()
    rows = []
    for entry in entries:
        seq += 1
        row = {"seq": seq, **_columns(entry), "previous_hash": previous}
        row["hash"] = previous = hash_of(row)
        rows.append(row)
    connection.execute(statements.INSERT_ENTRY, rows)
    connection.execute(statements.MOVE_HEAD, {"new_seq": seq, "new_hash": previous})


def hash_of(row: Mapping[str, object]) -> str:
    """SHA-256 in hexadecimal over the columns of an entry, as compact JSON in a fixed order, UTF-8.

    Times are UTC with six decimals and ids have hyphens, so that what comes back from any database hashes as what went
    in: `["seq","at",...,"previous_hash"]` with their values.
    """
    return sha256(msgspec.json.encode([_canonical(row[name]) for name in _HASHED])).hexdigest()


def _canonical(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, UUID):
        return str(value)
    if value is None or isinstance(value, str | int):
        return value
    # Nothing that we wrote: it must not hash like any text.
    return [type(value).__name__, repr(value)]


def _columns(entry: AuditEntry) -> dict[str, object]:
    return {
        "at": entry.at,
        "action": _fitting(entry.action, 64),
        "actor_id": entry.by.user_id,
        "actor_name": _fitting(entry.by.name, 128),
        "key_id": None if entry.by.key is None else _fitting(entry.by.key, 64),
        "target": _fitting(entry.target, 128),
        "target_name": _fitting(entry.target_name, 320),
        "address": _fitting(entry.origin.address, 64),
        "device": _fitting(entry.origin.device, 256),
        "request_id": _fitting(entry.origin.request_id, 128),
        "before": _fitting(msgspec.json.encode(entry.before).decode()),
        "after": _fitting(msgspec.json.encode(entry.after).decode()),
    }


def _fitting(text: str, longest: int | None = None) -> str:
    """The text as every database takes it: what strangers claim to be must not keep an entry out of the trail."""
    return text[:longest].replace("\0", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode()
