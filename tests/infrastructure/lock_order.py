"""Notices transactions that lock the head of the audit trail after other rows: two of those could wait crosswise."""

from typing import Any

from sqlalchemy import Connection, event
from sqlalchemy.sql.dml import UpdateBase

from ollamanet.infrastructure.kernel.audit_statements import LOCK_HEAD
from ollamanet.infrastructure.kernel.database import Database


def watch_lock_order(database: Database, late: list[str]) -> None:
    """Collect the first statements of transactions that write something else, and then lock the head."""
    # SQLite, where tests run, locks the whole file and would never tell.
    first: dict[Connection, Any] = {}

    def began(connection: Connection) -> None:
        first.pop(connection, None)

    def look(connection: Connection, statement: Any, *_: object) -> None:
        if isinstance(statement, UpdateBase):
            earliest = first.setdefault(connection, statement)
            if statement is LOCK_HEAD and earliest is not LOCK_HEAD:
                late.append(str(earliest))

    for engine in database.engines:
        event.listen(engine, "begin", began)
        event.listen(engine, "before_execute", look)
