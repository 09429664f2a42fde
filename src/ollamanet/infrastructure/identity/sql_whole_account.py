"""All about one account, from the database, a part at a time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, Row, Select

from ollamanet.application.identity.queries.export_account import Record
from ollamanet.domain.identity.api_key import ApiKey
from ollamanet.domain.kernel.ids import UserId
from ollamanet.infrastructure.identity import own_account_statements as statements
from ollamanet.infrastructure.identity.sql_api_keys import key_from
from ollamanet.infrastructure.kernel.database import Database

_PART: Final = 200


@dataclass(frozen=True, slots=True)
class SqlWholeAccount:
    """Satisfies `WholeAccount`."""

    database: Database

    async def api_keys(self, owner: UserId, after: ApiKey | None) -> Sequence[ApiKey]:
        """His API keys after that one."""
        statement = statements.FIRST_KEYS if after is None else statements.NEXT_KEYS
        mark = {} if after is None else {"at": after.created_at, "after_id": after.id}
        return [key_from(row) for row in await self._rows(statement, {"owner": owner, "limit": _PART} | mark)]

    async def sessions(self, owner: UserId, after: Record | None) -> Sequence[Record]:
        """His sign-ins after that one."""
        statement = statements.FIRST_SESSIONS if after is None else statements.NEXT_SESSIONS
        mark = {} if after is None else {"at": after["created_at"], "after_id": after["id"]}
        return [_record(row) for row in await self._rows(statement, {"owner": owner, "limit": _PART} | mark)]

    async def identities(self, owner: UserId, after: Record | None) -> Sequence[Record]:
        """Those of his at other providers: a few."""
        if after is not None:
            return ()
        return [_record(row) for row in await self._rows(statements.IDENTITIES_OF_USER, {"owner": owner})]

    async def activity(self, owner: UserId, after: Record | None) -> Sequence[Record]:
        """What the audit trail has of him after that entry."""
        mark = 0 if after is None else after["seq"]
        wanted = {"owner": owner, "target": f"user:{owner}", "after_seq": mark, "limit": _PART}
        return [_entry(row, owner) for row in await self._rows(statements.NEXT_ENTRIES, wanted)]

    async def _rows(self, statement: Select[Any], wanted: Mapping[str, object]) -> Sequence[Row[Any]]:
        def read(connection: Connection) -> Sequence[Row[Any]]:
            return connection.execute(statement, wanted).all()

        return await self.database.read(read)


def _record(row: Row[Any]) -> Record:
    return dict(row._mapping)  # noqa: SLF001 - the public name of a row's columns and values has this form


def _entry(row: Row[Any], owner: UserId) -> Record:
    own, on_himself = row.actor_id == owner, row.target == f"user:{owner}"
    return {
        "seq": row.seq,
        "at": row.at,
        "action": row.action,
        "by": "you" if own else "somebody else",
        "api_key": row.key_id if own else None,
        "target": row.target,
        # Where others sat when they acted is their business.
        "address": row.address if own else "",
        "device": row.device if own else "",
        "request_id": row.request_id if own else "",
        # What he changed of others is theirs.
        "before": msgspec.Raw(row.before.encode()) if on_himself else None,
        "after": msgspec.Raw(row.after.encode()) if on_himself else None,
    }
