"""What one user took, from the database."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection

from ollamanet.application.inference.queries.export_usage import DayOfUse
from ollamanet.domain.kernel.ids import UserId
from ollamanet.infrastructure.inference import own_usage_statements as statements
from ollamanet.infrastructure.kernel.database import Database

_DAYS: Final = 500


@dataclass(frozen=True, slots=True)
class SqlWholeUsage:
    """Satisfies `WholeUsage`."""

    database: Database

    async def days(self, owner: UserId, after: DayOfUse | None) -> Sequence[DayOfUse]:
        """The owner's days after that one."""
        statement = statements.FIRST_DAYS if after is None else statements.NEXT_DAYS
        wanted: dict[str, object] = {"of_user": owner, "limit": _DAYS}
        if after is not None:
            wanted |= {"after_day": after.day, "after_key": after.api_key or ""}

        def read(connection: Connection) -> list[DayOfUse]:
            rows = connection.execute(statement, wanted)
            return [DayOfUse(row.day, row.api_key or None, row.requests, row.tokens) for row in rows]

        return await self.database.read(read)
