"""Entries for tests, and what became of them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from tests.fakes.identity.fixed_time import NOON

from ollamanet.application.kernel.audit import OPERATOR, Agent, AuditEntry, Origin
from ollamanet.application.operations.queries.verify_trail import TrailVerdict, VerifyTrailHandler
from ollamanet.domain.kernel.ids import UserId
from ollamanet.domain.operations.audit_chain import Anchor
from ollamanet.infrastructure.kernel.database import Database
from ollamanet.infrastructure.operations import audit_statements as statements
from ollamanet.infrastructure.operations.sql_audit_archive import SqlAuditArchive

ADA = UserId(UUID(int=1))
HOME = Origin("192.0.2.7", "curl/8", "request-0001")


def entry(
    action: str = "user.locked",
    target: str = "user:1",
    *,
    name: str = "ada",
    by: Agent = OPERATOR,
    origin: Origin = HOME,
    at: datetime = NOON,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
) -> AuditEntry:
    return AuditEntry(action, by, origin, at, target, name, before or {}, after or {})


async def rows_of(database: Database) -> list[dict[str, Any]]:
    window = {"after": -(2**62), "last": 2**62, "limit": 10_000}
    return await database.read(lambda c: [dict(row) for row in c.execute(statements.LINKS, window).mappings()])


async def verdict(database: Database, *expected: Anchor, batch: int = 7) -> TrailVerdict:
    return await VerifyTrailHandler(SqlAuditArchive(database, batch))(expected)
