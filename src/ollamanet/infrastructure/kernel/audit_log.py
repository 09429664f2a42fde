"""Appends to the audit trail within a transaction: each entry's hash is over itself and the hash before it."""

from collections.abc import Mapping, Sequence
from hashlib import sha256

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
    """SHA-256 in hexadecimal over the columns of an entry, as compact JSON in a fixed order."""
    return sha256(msgspec.json.encode([row[name] for name in _HASHED])).hexdigest()


def _columns(entry: AuditEntry) -> dict[str, object]:
    return {
        "at": entry.at,
        "action": entry.action,
        "actor_id": entry.by.user_id,
        "actor_name": entry.by.name[:128],
        "key_id": entry.by.key,
        "target": entry.target,
        "target_name": entry.target_name[:320],
        "address": entry.origin.address[:64],
        "device": entry.origin.device[:256],
        "request_id": entry.origin.request_id,
        "before": msgspec.json.encode(entry.before).decode(),
        "after": msgspec.json.encode(entry.after).decode(),
    }
