"""The real store keeps the contract, and tells the audit trail in the same transaction."""

import pytest
from tests.contracts.external_identities import ADAS, ExternalIdentitiesContract, signed_in
from tests.fakes.identity.people import ADA
from tests.infrastructure.kernel.audit_entries import entry, rows_of

from ollamanet.domain.identity.external_errors import IdentityTaken
from ollamanet.infrastructure.identity.sql_external_identities import SqlExternalIdentities
from ollamanet.infrastructure.identity.sql_users import SqlUsers
from ollamanet.infrastructure.kernel.database import Database
from ollamanet.infrastructure.kernel.group_commit import GroupCommit


class TestSqlExternalIdentities(ExternalIdentitiesContract):
    @pytest.fixture
    def users(self, database: Database, writer: GroupCommit) -> SqlUsers:
        return SqlUsers(database, writer)

    @pytest.fixture
    def identities(self, database: Database, writer: GroupCommit) -> SqlExternalIdentities:
        return SqlExternalIdentities(database, writer)


@pytest.mark.anyio
async def test_entries_stand_or_fall_with_what_they_tell_of(database: Database, writer: GroupCommit) -> None:
    identities = SqlExternalIdentities(database, writer)
    await identities.register(ADA, ADAS, password_hash="h", audit=[entry("user.registered")])
    with pytest.raises(IdentityTaken):
        await identities.link(ADAS, audit=[entry("never.done")])
    await signed_in(identities)
    await signed_in(identities, "Researcher")

    assert [row["action"] for row in await rows_of(database)] == ["user.registered", "user.roles_changed"]
