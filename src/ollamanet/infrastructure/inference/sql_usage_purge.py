"""Keeps what a person used, and forgets that it was he."""

from dataclasses import dataclass
from functools import partial

from sqlalchemy import Connection

from ollamanet.application.kernel.clock import Ids
from ollamanet.domain.kernel.ids import UserId
from ollamanet.infrastructure.inference import usage_statements as statements
from ollamanet.infrastructure.inference.statements import INSERT_DAY_USE
from ollamanet.infrastructure.kernel.database import Database


@dataclass(frozen=True, slots=True)
class SqlUsagePurge:
    """What inference keeps of a person; satisfies the port `PersonalData` of identity."""

    database: Database
    ids: Ids

    async def purge(self, user_id: UserId) -> None:
        """Give his days to an id that stands for nobody; which API key it was is forgotten too."""
        await self.database.write(partial(_given_away, user_id, UserId(self.ids.new())))


def _given_away(user_id: UserId, nobody: UserId, connection: Connection) -> None:
    theirs = {"of_user": user_id}
    days = connection.execute(statements.DAYS_OF_USER, theirs).all()
    if not days:
        return
    connection.execute(statements.DELETE_DAYS_OF_USER, theirs)
    rows = [
        {
            "day": each.day,
            "user_id": nobody,
            "api_key": "",
            # PostgreSQL sums whole numbers into decimals.
            "requests": int(each.all_requests),
            "tokens": int(each.all_tokens),
        }
        for each in days
    ]
    connection.execute(INSERT_DAY_USE, rows)
