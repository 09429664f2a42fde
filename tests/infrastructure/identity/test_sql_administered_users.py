"""The real store of accounts keeps the contract, for administrators on several instances too."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from tests.contracts.administered_users import CHIEF, DEPUTY, AdministeredUsersContract, becoming
from tests.fakes.identity.fixed_time import NOON
from tests.infrastructure.identity.sql_world import SqlWorld

from ollamanet.application.identity.administration_ports import AccountChange
from ollamanet.domain.identity.errors import LastAdmin
from ollamanet.domain.identity.user import User
from ollamanet.infrastructure.identity.sql_administered_users import SqlAdministeredUsers
from ollamanet.infrastructure.kernel.database import Database
from ollamanet.infrastructure.kernel.group_commit import GroupCommit


@pytest.fixture
async def beside(database_address: str) -> AsyncIterator[Database]:
    """The same file, as another process has it."""
    other = Database(database_address)
    yield other
    await other.dispose()


@pytest.fixture
def world(database: Database, writer: GroupCommit, beside: Database) -> SqlWorld:
    return SqlWorld(database, writer, beside)


class TestSqlAdministeredUsers(AdministeredUsersContract):
    @pytest.fixture
    def world(self, world: SqlWorld) -> SqlWorld:
        return world


@pytest.mark.anyio
@pytest.mark.parametrize("_round", range(5))
async def test_of_two_administrators_who_demote_each_other_on_two_instances_one_stays(
    world: SqlWorld, beside: Database, _round: int
) -> None:
    for user in (CHIEF, DEPUTY):
        await world.users.add(user, password_hash="a hash")

    def demoted(user: User) -> AccountChange:
        return becoming(replace(user, roles=frozenset({"User"})))

    outcomes = await asyncio.gather(
        world.accounts.change(DEPUTY.id, demoted, at=NOON),
        SqlAdministeredUsers(beside).change(CHIEF.id, demoted, at=NOON),
        return_exceptions=True,
    )

    assert [type(outcome) for outcome in outcomes if isinstance(outcome, Exception)] == [LastAdmin]
    left = [await world.users.find(user.id) for user in (CHIEF, DEPUTY)]
    assert sorted(sorted(user.roles) for user in left if user) == [["Admin"], ["User"]]
    assert len(await world.trail()) == 1


@pytest.mark.anyio
async def test_many_changes_on_two_instances_at_once_all_see_what_the_others_did(
    world: SqlWorld, beside: Database
) -> None:
    await world.users.add(CHIEF, password_hash="a hash")
    stores = (world.accounts, SqlAdministeredUsers(beside))

    def one_more(user: User) -> AccountChange:
        return becoming(replace(user, roles=user.roles | {f"role {len(user.roles)}"}))

    await asyncio.gather(*(stores[number % 2].change(CHIEF.id, one_more, at=NOON) for number in range(12)))

    found = await world.users.find(CHIEF.id)
    assert found is not None
    assert found.roles == {"Admin", *(f"role {number}" for number in range(1, 13))}
    assert len(await world.trail()) == 12
