"""The real store keeps the contract, and what is in it outlives the process."""

import pytest
from tests.contracts.added_replicas import ADMIN_ID, GPU1, AddedReplicasContract
from tests.fakes.identity.fixed_time import NOON

from ollamanet.infrastructure.inference.sql_replicas import SqlReplicas
from ollamanet.infrastructure.kernel.database import Database
from ollamanet.infrastructure.kernel.group_commit import GroupCommit
from ollamanet.infrastructure.kernel.system_clock import UuidV7Ids


@pytest.fixture
def added(database: Database, writer: GroupCommit) -> SqlReplicas:
    return SqlReplicas(database, writer, UuidV7Ids())


class TestSqlReplicas(AddedReplicasContract):
    @pytest.fixture
    def added(self, database: Database, writer: GroupCommit) -> SqlReplicas:
        return SqlReplicas(database, writer, UuidV7Ids())


@pytest.mark.anyio
async def test_replicas_outlive_the_process(database_address: str, added: SqlReplicas) -> None:
    await added.add(GPU1, by=ADMIN_ID, at=NOON)
    await added.set_drained(GPU1.name, drained=True)

    reopened = Database(database_address)
    async with GroupCommit(reopened) as writer:
        again = SqlReplicas(reopened, writer, UuidV7Ids())
        assert (list(await again.all()), await again.drained()) == ([GPU1], {GPU1.name})
    await reopened.dispose()
