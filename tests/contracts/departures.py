"""What deleting an account does, wherever it is stored; a subclass brings the fixtures `users` and `departures`."""

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.fakes.identity.fixed_time import NOON
from tests.fakes.identity.people import ADA, BOB, person

from ollamanet.application.identity.departures import Departures
from ollamanet.application.identity.ports import Users
from ollamanet.application.kernel.audit import HERE, OPERATOR, AuditEntry
from ollamanet.domain.identity.errors import LastAdmin
from ollamanet.domain.identity.user import Role, User, UserStatus
from ollamanet.domain.kernel.errors import Conflict, NotFound

CHIEF = person("chief", number=1, role=Role.ADMIN)
DEPUTY = person("deputy", number=2, role=Role.ADMIN)


def entry(was: User) -> AuditEntry:
    return AuditEntry("user.deleted", OPERATOR, HERE, NOON, target=f"user:{was.id}")


@pytest.mark.anyio
class DeparturesContract:
    async def test_a_deleted_account_stays_and_cannot_be_used(self, users: Users, departures: Departures) -> None:
        for user in (ADA, BOB):
            await users.add(user, password_hash="a hash")

        deleted = await departures.delete(ADA.id, at=NOON, entry=entry)

        assert deleted == replace(ADA, status=UserStatus.DELETED, deleted_at=NOON)
        assert deleted.kept_until == NOON + timedelta(days=30)
        assert await users.find(ADA.id) == deleted
        assert await users.find(BOB.id) == BOB

    async def test_nobody_is_deleted_twice(self, users: Users, departures: Departures) -> None:
        await users.add(ADA, password_hash="a hash")
        await departures.delete(ADA.id, at=NOON, entry=entry)
        with pytest.raises(Conflict):
            await departures.delete(ADA.id, at=NOON + timedelta(days=1), entry=entry)
        found = await users.find(ADA.id)
        assert found is not None
        assert found.deleted_at == NOON

    async def test_who_is_not_there_cannot_be_deleted(self, users: Users, departures: Departures) -> None:
        with pytest.raises(NotFound):
            await departures.delete(ADA.id, at=NOON, entry=entry)

    async def test_the_last_administrator_stays(self, users: Users, departures: Departures) -> None:
        for user in (CHIEF, DEPUTY):
            await users.add(user, password_hash="a hash")
        await departures.delete(DEPUTY.id, at=NOON, entry=entry)
        with pytest.raises(LastAdmin):
            await departures.delete(CHIEF.id, at=NOON, entry=entry)
        assert await users.find(CHIEF.id) == CHIEF
