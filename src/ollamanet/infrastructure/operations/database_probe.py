"""How the database is."""

from dataclasses import dataclass

from ollamanet.infrastructure.kernel.database import Database


@dataclass(frozen=True, slots=True)
class DatabaseProbe:
    """Runs a trivial query."""

    database: Database

    @property
    def name(self) -> str:
        """Which kind it is."""
        return self.database.dialect

    async def check(self) -> float:
        """Seconds the query took.

        Raises:
            SQLAlchemyError: the database cannot be reached.
        """
        return await self.database.ping()
