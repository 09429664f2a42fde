"""The statements that append to the audit trail."""

from typing import Final

from sqlalchemy import bindparam, insert, select, update

from ollamanet.infrastructure.kernel.audit_tables import AuditEntryRow, AuditHeadRow
from ollamanet.infrastructure.kernel.sql_base import table_of

_ENTRIES: Final = table_of(AuditEntryRow)
_HEAD: Final = table_of(AuditHeadRow)

# An update that changes nothing locks the row on every dialect, until the transaction ends.
LOCK_HEAD: Final = update(_HEAD).where(_HEAD.c.id == 1).values(seq=_HEAD.c.seq)
READ_HEAD: Final = select(_HEAD.c.seq, _HEAD.c.hash).where(_HEAD.c.id == 1)
MOVE_HEAD: Final = update(_HEAD).where(_HEAD.c.id == 1).values(seq=bindparam("new_seq"), hash=bindparam("new_hash"))
INSERT_ENTRY: Final = insert(_ENTRIES)
