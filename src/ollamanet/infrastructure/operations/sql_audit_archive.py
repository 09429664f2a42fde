"""The audit trail in the database, for those who read it."""

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from functools import partial
from typing import Any, Final, TypeVar

import msgspec
from sqlalchemy import Connection, Row, RowMapping
from sqlalchemy.exc import DBAPIError

from ollamanet.application.kernel.page import Page, PageRequest
from ollamanet.application.operations.audit_ports import RecordedEntry
from ollamanet.domain.operations.audit_chain import Anchor, Link
from ollamanet.domain.operations.audit_filter import AuditFilter
from ollamanet.infrastructure.kernel.audit_log import hash_of
from ollamanet.infrastructure.kernel.database import Database
from ollamanet.infrastructure.operations import audit_statements as statements

_BEFORE_ALL: Final = -(2**62)  # numbers begin at 1, and what stands below that was put there
_UNREADABLE: Final = (ValueError, TypeError, ArithmeticError, DBAPIError)

Item = TypeVar("Item", RecordedEntry, Link)
Parameters = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class SqlAuditArchive:
    """Satisfies `AuditArchive`.

    Attributes:
        batch: entries that are read at once (>= 1).
    """

    database: Database
    batch: int = 500

    async def page(self, wanted: AuditFilter, page: PageRequest) -> Page[RecordedEntry]:
        """The entries that are wanted, the newest first."""
        chosen = _parameters(wanted)

        def read(connection: Connection) -> Page[RecordedEntry]:
            window = {**chosen, "limit": page.page_size, "offset": page.offset}
            items = [_entry(row) for row in connection.execute(statements.ENTRIES_NEWEST_FIRST, window)]
            total = connection.execute(statements.COUNT_ENTRIES, chosen).scalar_one()
            return Page(items, page.page, page.page_size, total)

        return await self.database.read(read)

    def entries(self, wanted: AuditFilter, *, until: int) -> AsyncGenerator[Sequence[RecordedEntry]]:
        """The same, the oldest first, up to a number."""
        return self._batches(partial(_read_entries, _parameters(wanted)), until)

    def links(self, *, until: int) -> AsyncGenerator[Sequence[Link]]:
        """The chain from its beginning up to a number."""
        return self._batches(_read_links, until)

    async def newest(self) -> int:
        """The largest number of any entry."""
        return await self.database.read(lambda connection: connection.execute(statements.NEWEST_SEQ).scalar_one() or 0)

    async def head(self) -> Anchor | None:
        """What the head says."""

        def read(connection: Connection) -> Anchor | None:
            row = connection.execute(statements.HEAD).one_or_none()
            return None if row is None else Anchor(row.seq, row.hash)

        return await self.database.read(read)

    async def _batches(
        self, read: Callable[[Parameters, Connection], Sequence[Item]], until: int
    ) -> AsyncGenerator[Sequence[Item]]:
        after = _BEFORE_ALL
        while True:
            window = {"after": after, "last": until, "limit": self.batch}
            items = await self.database.read(partial(read, window))
            if items:
                yield items
            if len(items) < self.batch:
                return
            after = items[-1].seq


def _read_entries(chosen: Parameters, window: Parameters, connection: Connection) -> Sequence[RecordedEntry]:
    return [_entry(row) for row in connection.execute(statements.ENTRIES_OLDEST_FIRST, {**chosen, **window})]


def _read_links(window: Parameters, connection: Connection) -> Sequence[Link]:
    try:
        return [_link(row) for row in connection.execute(statements.LINKS, window).mappings()]
    except _UNREADABLE:
        # SQLite stores anything in any column: one entry that is no entry any more must not hide the others.
        return [_lone_link(row, connection) for row in connection.execute(statements.BARE_LINKS, window).all()]


def _lone_link(bare: Row[Any], connection: Connection) -> Link:
    try:
        return _link(connection.execute(statements.ENTRY, {"of_seq": bare.seq}).mappings().one())
    except _UNREADABLE:
        return Link(bare.seq, bare.previous_hash, bare.hash, "")


def _link(row: RowMapping) -> Link:
    columns: dict[str, Any] = {str(name): value for name, value in row.items()}
    return Link(columns["seq"], columns["previous_hash"], columns["hash"], hash_of(columns))


def _parameters(wanted: AuditFilter) -> dict[str, object]:
    return {
        "of_actor": wanted.actor_id,
        "of_name": wanted.actor_name,
        "of_action": _pattern(wanted.action, "."),
        "of_target": _pattern(wanted.target, ":"),
        "of_address": wanted.address,
        "of_request": wanted.request_id,
        "since": wanted.since,
        "before_time": wanted.until,
    }


def _pattern(text: str | None, end: str) -> str | None:
    return None if text is None else statements.like_pattern(text, prefix=text.endswith(end))


def _entry(row: Row[Any]) -> RecordedEntry:
    return RecordedEntry(
        seq=row.seq,
        at=row.at.astimezone(UTC),
        action=row.action,
        actor_id=row.actor_id,
        actor_name=row.actor_name,
        key_id=row.key_id,
        target=row.target,
        target_name=row.target_name,
        address=row.address,
        device=row.device,
        request_id=row.request_id,
        before=_decoded(row.before),
        after=_decoded(row.after),
        previous_hash=row.previous_hash,
        hash=row.hash,
    )


def _decoded(text: str) -> Mapping[str, object]:
    try:
        return msgspec.json.decode(text, type=dict[str, object])
    except msgspec.MsgspecError:
        # Somebody changed it; `ollamanet audit verify` says so, and it can be read all the same.
        return {"unreadable": text}
