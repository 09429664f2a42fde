"""Invitations and the first administrator in a real database, over several processes."""

import asyncio
from collections.abc import Sequence

import pytest
from sqlalchemy import text
from tests.contracts.first_admins import ENTRY, ROOT, FirstAdminsContract
from tests.contracts.invitations import DIGEST, EVE, InvitationsContract, invitation
from tests.fakes.identity.fixed_time import NOON
from tests.fakes.identity.people import person

from ollamanet.domain.identity.errors import InvitationUnusable, SetUpRefused, UsernameTaken
from ollamanet.domain.identity.user import Role
from ollamanet.infrastructure.identity.sql_first_admins import SqlFirstAdmins
from ollamanet.infrastructure.identity.sql_invitations import SqlInvitations
from ollamanet.infrastructure.identity.sql_users import SqlUsers
from ollamanet.infrastructure.kernel.database import Database
from ollamanet.infrastructure.kernel.group_commit import GroupCommit


@pytest.fixture
def users(database: Database, writer: GroupCommit) -> SqlUsers:
    return SqlUsers(database, writer)


class TestSqlInvitations(InvitationsContract):
    @pytest.fixture
    def invitations(self, database: Database, writer: GroupCommit) -> SqlInvitations:
        return SqlInvitations(database, writer)


class TestSqlFirstAdmins(FirstAdminsContract):
    @pytest.fixture
    def admins(self, database: Database) -> SqlFirstAdmins:
        return SqlFirstAdmins(database)


async def actions(address: str) -> Sequence[str]:
    """What the audit trail says was done."""
    looking = Database(address)
    found = await looking.read(
        lambda connection: [row[0] for row in connection.execute(text("select action from audit_entries order by seq"))]
    )
    await looking.dispose()
    return found


@pytest.mark.anyio
async def test_what_is_refused_leaves_nothing_in_the_audit_trail(
    database_address: str, database: Database, writer: GroupCommit, users: SqlUsers
) -> None:
    invitations, admins = SqlInvitations(database, writer), SqlFirstAdmins(database)
    await admins.add(ROOT, password_hash="a hash", audit=[ENTRY])
    with pytest.raises(SetUpRefused):
        await admins.add(EVE, password_hash="a hash", audit=[ENTRY])
    with pytest.raises(InvitationUnusable):
        await invitations.accept(DIGEST, EVE, password_hash="a hash", audit=[ENTRY])
    assert not await invitations.revoke(invitation().id, at=NOON, audit=[ENTRY])

    await invitations.add(invitation(), token_hash=DIGEST, audit=[ENTRY])
    with pytest.raises(UsernameTaken):
        await invitations.accept(DIGEST, person("boss", number=8, email="x@y.org"), password_hash="h", audit=[ENTRY])

    assert await actions(database_address) == ["setup.completed", "setup.completed"]


@pytest.mark.anyio
async def test_one_token_makes_one_account_over_several_processes(
    database_address: str, database: Database, writer: GroupCommit, users: SqlUsers
) -> None:
    await SqlInvitations(database, writer).add(invitation(), token_hash=DIGEST)
    others = [Database(database_address) for _ in range(4)]
    eves = [person(f"eve{number}", number=number + 1) for number in range(4)]

    async def come(number: int) -> None:
        mine = others[number]
        await SqlInvitations(mine, GroupCommit(mine)).accept(DIGEST, eves[number], password_hash="a hash")

    outcomes = await asyncio.gather(*(come(number) for number in range(4)), return_exceptions=True)
    for other in others:
        await other.dispose()

    assert sum(outcome is None for outcome in outcomes) == 1
    assert sum(isinstance(outcome, InvitationUnusable) for outcome in outcomes) == 3
    assert len([user for user in eves if await users.find(user.id)]) == 1


@pytest.mark.anyio
async def test_one_administrator_is_made_over_several_processes(
    database_address: str, database: Database, writer: GroupCommit, users: SqlUsers
) -> None:
    others = [Database(database_address) for _ in range(4)]
    bosses = [person(f"boss{number}", number=number + 1, role=Role.ADMIN) for number in range(4)]

    async def come(number: int) -> None:
        await SqlFirstAdmins(others[number]).add(bosses[number], password_hash="a hash", audit=[ENTRY])

    outcomes = await asyncio.gather(*(come(number) for number in range(4)), return_exceptions=True)
    for other in others:
        await other.dispose()

    assert sum(outcome is None for outcome in outcomes) == 1
    assert sum(isinstance(outcome, SetUpRefused) for outcome in outcomes) == 3
    assert len([user for user in bosses if await users.find(user.id)]) == 1
