"""What administrators did to the replicas, in the database."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, Row

from ollamanet.application.kernel.audit import AuditEntry
from ollamanet.application.kernel.clock import Ids
from ollamanet.domain.inference.replica_definition import ReplicaDefinition
from ollamanet.domain.inference.replica_url import ReplicaUrl
from ollamanet.domain.inference.tickets import ReplicaId
from ollamanet.domain.kernel.errors import Conflict
from ollamanet.domain.kernel.ids import UserId
from ollamanet.infrastructure.inference import statements
from ollamanet.infrastructure.kernel.database import Database
from ollamanet.infrastructure.kernel.group_commit import GroupCommit
from ollamanet.infrastructure.kernel.sql_errors import ConstraintRefusals, refusals
from ollamanet.infrastructure.kernel.sql_write import Write

_REFUSALS: Final[ConstraintRefusals] = {
    "uq_replicas_name": lambda: Conflict("name: there is a replica of this name"),
    "uq_replicas_url": lambda: Conflict("url: there is a replica at this address"),
}


@dataclass(frozen=True, slots=True)
class SqlReplicas:
    """Satisfies `AddedReplicas`; whether a name is free is decided by the database's own constraints."""

    database: Database
    writer: GroupCommit
    ids: Ids

    async def all(self) -> Sequence[ReplicaDefinition]:
        """The replicas that were added, the oldest first."""

        def read(connection: Connection) -> Sequence[ReplicaDefinition]:
            return [_replica(row) for row in connection.execute(statements.REPLICAS_BY_AGE)]

        return await self.database.read(read)

    async def add(
        self, replica: ReplicaDefinition, *, by: UserId, at: datetime, audit: Sequence[AuditEntry] = ()
    ) -> None:
        """Store a replica."""
        values = {
            "id": self.ids.new(),
            "name": replica.name,
            "url": str(replica.url),
            "slots": replica.slots,
            "weight": replica.weight,
            "models": msgspec.json.encode(replica.models).decode(),
            "token": replica.token,
            "created_by": by,
            "created_at": at,
        }
        with refusals(_REFUSALS):
            await self.writer.submit(Write(statements.INSERT_REPLICA, values), audit=audit)

    async def remove(self, replica: ReplicaId, *, audit: Sequence[AuditEntry] = ()) -> None:
        """Forget a replica and that it was drained."""
        named = {"replica": replica}
        writes = [Write(statements.DELETE_REPLICA, named), Write(statements.DELETE_DRAINED, named)]
        await self.writer.submit(*writes, audit=audit)

    async def drained(self) -> frozenset[ReplicaId]:
        """Every replica that was drained and not resumed."""

        def read(connection: Connection) -> frozenset[ReplicaId]:
            return frozenset(map(ReplicaId, connection.execute(statements.DRAINED_REPLICAS).scalars()))

        return await self.database.read(read)

    async def set_drained(self, replica: ReplicaId, *, drained: bool, audit: Sequence[AuditEntry] = ()) -> None:
        """Remember it."""
        # First away with it: so it may be there already, on every dialect.
        writes = [Write(statements.DELETE_DRAINED, {"replica": replica})]
        if drained:
            writes.append(Write(statements.INSERT_DRAINED, {"name": replica}))
        await self.writer.submit(*writes, audit=audit)


def _replica(row: Row[Any]) -> ReplicaDefinition:
    return ReplicaDefinition(
        name=ReplicaId(row.name),
        url=ReplicaUrl.parse(row.url),
        slots=row.slots,
        weight=row.weight,
        models=msgspec.json.decode(row.models, type=tuple[str, ...]),
        token=row.token,
    )
