"""What the audit trail has."""

import sqlite3
from collections.abc import Sequence

from ollamanet.infrastructure.kernel.database import Database


async def actions_of(database: Database) -> Sequence[str]:
    """The actions that were recorded, in order; read past our statements, as a test's eyes."""
    file = str(database.engines[0].url.database)
    connection = sqlite3.connect(file)
    try:
        return [action for (action,) in connection.execute("SELECT action FROM audit_entries ORDER BY seq")]
    finally:
        connection.close()
