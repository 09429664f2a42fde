"""The real store keeps the contract, and its file what a reader of it may see."""

from dataclasses import replace

import pytest
from tests.contracts.users import UsersContract
from tests.fakes.identity.people import ADA, BOB

from ollamanet.domain.identity.errors import EmailTaken
from ollamanet.infrastructure.identity.sql_users import SqlUsers
from ollamanet.infrastructure.kernel.database import Database
from ollamanet.infrastructure.kernel.group_commit import GroupCommit


@pytest.fixture
def users(database: Database, writer: GroupCommit) -> SqlUsers:
    return SqlUsers(database, writer)


class TestSqlUsers(UsersContract):
    @pytest.fixture
    def users(self, database: Database, writer: GroupCommit) -> SqlUsers:
        return SqlUsers(database, writer)


@pytest.mark.anyio
async def test_two_processes_that_register_one_address_do_not_both_get_it(
    database_address: str, users: SqlUsers
) -> None:
    other_process = Database(database_address)
    async with GroupCommit(other_process) as writer:
        await SqlUsers(other_process, writer).add(ADA, password_hash="a hash")
    await other_process.dispose()

    with pytest.raises(EmailTaken):
        await users.add(replace(BOB, email=ADA.email), password_hash="a hash")

    assert (await users.find(ADA.id), await users.find(BOB.id)) == (ADA, None)


@pytest.mark.anyio
async def test_accounts_outlive_the_process(database_address: str, users: SqlUsers) -> None:
    await users.add(BOB, password_hash="a hash")

    reopened = Database(database_address)
    async with GroupCommit(reopened) as writer:
        assert await SqlUsers(reopened, writer).find(BOB.id) == BOB
    await reopened.dispose()
