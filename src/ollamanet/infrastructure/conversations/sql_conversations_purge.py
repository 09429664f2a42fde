"""Removes all conversations of a person."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection

from ollamanet.domain.kernel.ids import UserId
from ollamanet.infrastructure.conversations import purge_statements as statements
from ollamanet.infrastructure.kernel.database import Database
from ollamanet.infrastructure.kernel.group_commit import GroupCommit
from ollamanet.infrastructure.kernel.sql_write import Write

_AT_A_TIME: Final = 20
"""Conversations in a transaction: each takes all its messages along, and others want to write too."""


@dataclass(frozen=True, slots=True)
class SqlConversationsPurge:
    """What conversations keep of a person; satisfies the port `PersonalData` of identity."""

    database: Database
    writer: GroupCommit

    async def purge(self, user_id: UserId) -> None:
        """Remove his conversations, with messages and summaries, a few at a time until none is left."""
        wanted = {"owner": user_id, "limit": _AT_A_TIME}

        def read(connection: Connection) -> list[object]:
            return list(connection.execute(statements.SOME_CONVERSATIONS, wanted).scalars())

        while found := await self.database.read(read):
            await self.writer.submit(
                *(Write(statements.DELETE_CONVERSATION, {"conversation_id": each}) for each in found)
            )
