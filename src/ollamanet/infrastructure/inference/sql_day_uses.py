"""What was used of each day, in the database."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from ollamanet.domain.inference.day_window import DayKey, Tally
from ollamanet.domain.kernel.ids import UserId
from ollamanet.infrastructure.inference import statements
from ollamanet.infrastructure.kernel.database import Database
from ollamanet.infrastructure.kernel.group_commit import GroupCommit
from ollamanet.infrastructure.kernel.sql_write import Write

_EPOCH: Final = date(1970, 1, 1)


class SqlDayUses:
    """Satisfies `DayUses`; adds to what is there, so that two processes do not undo each other's counts."""

    def __init__(self, database: Database, writer: GroupCommit) -> None:
        self._database: Final = database
        self._writer: Final = writer
        self._present: set[DayKey] = set()
        self._newest = 0

    async def load(self, day: int) -> Mapping[DayKey, Tally]:
        """What was used of one day (days since 1970-01-01)."""

        def read(connection: Connection) -> dict[DayKey, Tally]:
            rows = connection.execute(statements.USES_OF_DAY, {"of_day": _date(day)})
            return {(UserId(row.user_id), row.api_key or None, day): Tally(row.requests, row.tokens) for row in rows}

        found = await self._database.read(read)
        self._present.update(found)
        return found

    async def add(self, whose: DayKey, tally: Tally) -> None:
        """Add to what is stored; whoever writes the first of a day makes the row."""
        user, key, day = whose
        if whose not in self._present:
            self._forget_before(day)
            row = {
                "day": _date(day),
                "user_id": user,
                "api_key": key or "",
                "requests": tally.requests,
                "tokens": tally.tokens,
            }
            try:
                await self._writer.submit(Write(statements.INSERT_DAY_USE, row))
            except IntegrityError:
                # Another process was first.
                self._present.add(whose)
            else:
                self._present.add(whose)
                return
        more = {"of_day": _date(day), "of_user": user, "of_key": key or ""}
        more |= {"more_requests": tally.requests, "more_tokens": tally.tokens}
        await self._writer.submit(Write(statements.ADD_TO_DAY_USE, more))

    def _forget_before(self, day: int) -> None:
        if day > self._newest:
            self._newest = day
            self._present = {known for known in self._present if known[2] >= day - 1}


def _date(day: int) -> str:
    return (_EPOCH + timedelta(days=day)).isoformat()
