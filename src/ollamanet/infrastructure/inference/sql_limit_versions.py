"""Versions of the limits in the database."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, Row

from ollamanet.application.kernel.audit import AuditEntry
from ollamanet.domain.inference.limit_rollout import LimitVersion, Mode
from ollamanet.domain.inference.limits import LimitSet
from ollamanet.domain.kernel.errors import Conflict
from ollamanet.domain.kernel.ids import UserId
from ollamanet.infrastructure.inference import statements
from ollamanet.infrastructure.kernel.database import Database
from ollamanet.infrastructure.kernel.group_commit import GroupCommit
from ollamanet.infrastructure.kernel.sql_errors import ConstraintRefusals, refusals
from ollamanet.infrastructure.kernel.sql_write import Write

_limits: Final = msgspec.json.Decoder(LimitSet)


def _taken() -> Conflict:
    return Conflict("another process made a version of that number; restart this one to see it")


_REFUSALS: Final[ConstraintRefusals] = {"pk_limit_versions": _taken, "uq_limit_versions_number": _taken}


@dataclass(frozen=True, slots=True)
class SqlLimitVersions:
    """Satisfies `LimitVersions`."""

    database: Database
    writer: GroupCommit

    async def load(self) -> Sequence[LimitVersion]:
        """All of them, oldest first."""

        def read(connection: Connection) -> list[LimitVersion]:
            return [_version(row) for row in connection.execute(statements.LIMIT_VERSIONS)]

        return await self.database.read(read)

    async def save(
        self, added: Sequence[LimitVersion], changed: Sequence[LimitVersion], *, audit: Sequence[AuditEntry] = ()
    ) -> None:
        """Store new versions and what changed of old ones, all or nothing."""
        writes = [Write(statements.INSERT_LIMIT_VERSION, _values(version)) for version in added]
        writes += [Write(statements.CHANGE_LIMIT_VERSION, _changes(version)) for version in changed]
        with refusals(_REFUSALS):
            await self.writer.submit(*writes, audit=audit)


def _values(version: LimitVersion) -> dict[str, object]:
    return {
        "number": version.number,
        "mode": version.mode.value,
        "percent": version.percent,
        "limits": msgspec.json.encode(version.limits).decode(),
        "note": version.note,
        "created_at": version.created_at,
        "created_by": version.created_by,
        "changed_at": version.changed_at,
        "changed_by": version.changed_by,
        "activated_at": version.activated_at,
    }


def _changes(version: LimitVersion) -> dict[str, object]:
    return {
        "of_number": version.number,
        "new_mode": version.mode.value,
        "new_percent": version.percent,
        "at": version.changed_at,
        "by": version.changed_by,
        "since": version.activated_at,
    }


def _version(row: Row[Any]) -> LimitVersion:
    return LimitVersion(
        limits=_limits.decode(row.limits),
        mode=Mode(row.mode),
        percent=row.percent,
        created_at=_utc(row.created_at),
        created_by=UserId(row.created_by),
        changed_at=_utc(row.changed_at),
        changed_by=None if row.changed_by is None else UserId(row.changed_by),
        activated_at=_utc(row.activated_at),
        note=row.note,
    )


def _utc(stored: datetime | None) -> datetime | None:
    # Drivers name the zone in ways of their own.
    return None if stored is None else stored.astimezone(UTC)
