"""Sessions as rows, for tests of what looks at them or ends them."""

from datetime import datetime, timedelta
from typing import Final
from uuid import uuid4

from sqlalchemy import Connection, insert, select
from tests.fakes.identity.fixed_time import NOON

from ollamanet.domain.kernel.ids import SessionId, UserId
from ollamanet.infrastructure.identity.tables import SessionRow
from ollamanet.infrastructure.kernel.audit_tables import AuditEntryRow
from ollamanet.infrastructure.kernel.database import Database
from ollamanet.infrastructure.kernel.sql_base import table_of

_SESSIONS: Final = table_of(SessionRow)
_ENTRIES: Final = table_of(AuditEntryRow)


class Rows:
    """A database of its own connection, whose statements nobody watches."""

    def __init__(self, address: str) -> None:
        self.database = Database(address)

    async def open(self, user_id: UserId, *ids: SessionId, address: str = "192.0.2.1", used: datetime = NOON) -> None:
        rows = [
            {
                "id": each,
                "user_id": user_id,
                "created_at": used,
                "last_used_at": used,
                "expires_at": used + timedelta(days=30),
                "address": address,
                "device": "",
            }
            for each in ids
        ]
        await self.database.write(lambda connection: connection.execute(insert(_SESSIONS), rows))

    async def visit(self, user_id: UserId, address: str, used: datetime) -> None:
        await self.open(user_id, SessionId(uuid4()), address=address, used=used)

    async def live(self) -> set[SessionId]:
        def read(connection: Connection) -> set[SessionId]:
            found = connection.execute(select(_SESSIONS.c.id).where(_SESSIONS.c.revoked_at.is_(None)))
            return {SessionId(row.id) for row in found}

        return await self.database.read(read)

    async def trail(self) -> list[str]:
        def read(connection: Connection) -> list[str]:
            return list(connection.execute(select(_ENTRIES.c.action).order_by(_ENTRIES.c.seq)).scalars())

        return await self.database.read(read)
