"""What every maker of the first administrator does; a subclass brings the fixtures `admins` and `users`."""

from dataclasses import replace

import anyio
import pytest
from tests.fakes.identity.fixed_time import NOON
from tests.fakes.identity.people import ADA, BOB, person

from ollamanet.application.identity.ports import Users
from ollamanet.application.identity.sign_up_ports import FirstAdmins
from ollamanet.application.kernel.audit import HERE, OPERATOR, AuditEntry
from ollamanet.domain.identity.errors import EmailTaken, SetUpRefused
from ollamanet.domain.identity.user import Role, UserStatus

ENTRY = AuditEntry("setup.completed", OPERATOR, HERE, NOON)
ROOT = person("boss", number=9, role=Role.ADMIN)


@pytest.mark.anyio
class FirstAdminsContract:
    async def test_where_nobody_is_an_administrator_one_is_made(self, admins: FirstAdmins, users: Users) -> None:
        await users.add(ADA, password_hash="a hash")
        await users.add(replace(BOB, roles=frozenset({'an "Admin" of sorts', "Administrator"})), password_hash="a hash")
        assert not await admins.exists()

        await admins.add(ROOT, password_hash="a hash", audit=[ENTRY])

        assert await admins.exists()
        assert await users.find(ROOT.id) == ROOT

    async def test_where_somebody_is_nobody_else_is_made(self, admins: FirstAdmins, users: Users) -> None:
        await users.add(replace(ADA, roles=frozenset({"User", "Admin"})), password_hash="a hash")

        with pytest.raises(SetUpRefused):
            await admins.add(ROOT, password_hash="a hash", audit=[ENTRY])

        assert await users.find(ROOT.id) is None

    @pytest.mark.parametrize("status", [UserStatus.LOCKED, UserStatus.DELETED])
    async def test_one_who_cannot_sign_in_does_not_count(
        self, admins: FirstAdmins, users: Users, status: UserStatus
    ) -> None:
        await users.add(replace(ADA, roles=frozenset({"Admin"}), status=status), password_hash="a hash")
        assert not await admins.exists()
        await admins.add(ROOT, password_hash="a hash", audit=[ENTRY])
        assert await admins.exists()

    async def test_of_many_who_set_up_at_once_one_succeeds(self, admins: FirstAdmins, users: Users) -> None:
        refused: list[SetUpRefused] = []

        bosses = [person(f"boss{number}", number=number, role=Role.ADMIN) for number in range(1, 7)]

        async def come(number: int) -> None:
            try:
                await admins.add(bosses[number], password_hash="a hash", audit=[ENTRY])
            except SetUpRefused as refusal:
                refused.append(refusal)

        async with anyio.create_task_group() as group:
            for number in range(6):
                group.start_soon(come, number)

        assert len(refused) == 5
        assert len([user for user in bosses if await users.find(user.id)]) == 1

    async def test_a_taken_name_is_refused(self, admins: FirstAdmins, users: Users) -> None:
        await users.add(ADA, password_hash="a hash")
        with pytest.raises(EmailTaken):
            await admins.add(replace(ROOT, email=ADA.email), password_hash="a hash", audit=[ENTRY])
        assert not await admins.exists()
