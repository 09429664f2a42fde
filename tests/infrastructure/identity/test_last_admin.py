"""There is always somebody who can administer."""

import asyncio
from dataclasses import replace

import pytest
from sqlalchemy import Connection
from tests.fakes.identity.people import ADA, BOB, person

from ollamanet.domain.identity.errors import LastAdmin
from ollamanet.domain.identity.user import Role, User, UserStatus
from ollamanet.domain.kernel.ids import UserId
from ollamanet.infrastructure.identity.last_admin import require_another_admin
from ollamanet.infrastructure.identity.sql_users import SqlUsers, user_parameters
from ollamanet.infrastructure.identity.statements import UPDATE_USER
from ollamanet.infrastructure.kernel.database import Database
from ollamanet.infrastructure.kernel.group_commit import GroupCommit

CHIEF = person("chief", number=1, role=Role.ADMIN)
DEPUTY = person("deputy", number=2, role=Role.ADMIN)


@pytest.fixture
def users(database: Database, writer: GroupCommit) -> SqlUsers:
    return SqlUsers(database, writer)


async def may_go(database: Database, user_id: UserId) -> bool:
    try:
        await database.write(lambda connection: require_another_admin(connection, user_id))
    except LastAdmin:
        return False
    return True


@pytest.mark.anyio
async def test_the_only_administrator_has_to_stay_and_others_need_not(users: SqlUsers, database: Database) -> None:
    for user in (CHIEF, ADA):
        await users.add(user, password_hash="")

    assert not await may_go(database, CHIEF.id)
    assert await may_go(database, ADA.id)


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("deputy", "enough"),
    [
        (DEPUTY, True),
        (replace(DEPUTY, roles=frozenset({"User", "Admin"})), True),
        (replace(DEPUTY, status=UserStatus.LOCKED), False),
        (replace(DEPUTY, status=UserStatus.DELETED), False),
        (replace(DEPUTY, roles=frozenset({"Admin of nothing", 'the "Admin" himself', "Not Admin"})), False),
    ],
)
async def test_only_an_account_with_the_role_that_may_be_used_takes_his_place(
    users: SqlUsers, database: Database, deputy: User, enough: bool
) -> None:
    for user in (CHIEF, deputy):
        await users.add(user, password_hash="")

    assert await may_go(database, CHIEF.id) is enough


@pytest.mark.anyio
async def test_where_there_is_no_administrator_everybody_may_go(users: SqlUsers, database: Database) -> None:
    await users.add(BOB, password_hash="")
    assert await may_go(database, BOB.id)


@pytest.mark.anyio
async def test_of_two_administrators_who_leave_at_once_on_two_instances_one_stays(
    users: SqlUsers, database: Database, database_address: str
) -> None:
    for user in (CHIEF, DEPUTY):
        await users.add(user, password_hash="")
    other_instance = Database(database_address)

    def leave(user: User, connection: Connection) -> None:
        require_another_admin(connection, user.id)
        values = user_parameters(replace(user, status=UserStatus.DELETED))
        values["user_id"] = values.pop("id")
        connection.execute(UPDATE_USER, values)

    outcomes = await asyncio.gather(
        database.write(lambda connection: leave(CHIEF, connection)),
        other_instance.write(lambda connection: leave(DEPUTY, connection)),
        return_exceptions=True,
    )
    await other_instance.dispose()

    assert sorted(type(outcome) for outcome in outcomes if outcome is not None) == [LastAdmin]
    left = [await users.find(user.id) for user in (CHIEF, DEPUTY)]
    assert [user.status for user in left if user].count(UserStatus.ACTIVE) == 1
