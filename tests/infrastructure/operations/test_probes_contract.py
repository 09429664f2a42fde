"""The probes of the database and of Redis keep the contract of probes."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.contracts.probes import ProbeContract
from tests.infrastructure.operations.redis_server import PASSWORD

from ollamanet.infrastructure.kernel.database import Database
from ollamanet.infrastructure.operations.database_probe import DatabaseProbe
from ollamanet.infrastructure.operations.redis_probe import RedisProbe


class TestRedisProbe(ProbeContract):
    @pytest.fixture
    def well(self, redis_port: int) -> RedisProbe:
        return RedisProbe(f"redis://:{PASSWORD}@127.0.0.1:{redis_port}")

    @pytest.fixture
    def broken(self, redis_port: int) -> RedisProbe:
        return RedisProbe(f"redis://:wrong@127.0.0.1:{redis_port}")


class TestDatabaseProbe(ProbeContract):
    @pytest.fixture
    def well(self, database: Database) -> DatabaseProbe:
        return DatabaseProbe(database)

    @pytest.fixture
    async def broken(self, tmp_path: Path) -> AsyncIterator[DatabaseProbe]:
        """Its file is something else."""
        file = tmp_path / "ollamanet.db"
        database = Database(f"sqlite:///{file}")
        file.write_bytes(b"not a database" * 1000)
        yield DatabaseProbe(database)
        await database.dispose()
