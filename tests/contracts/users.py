"""What every store of accounts does; a subclass brings the fixture `users`."""

from dataclasses import replace
from datetime import timedelta

import anyio
import pytest
from tests.fakes.identity.fixed_time import NOON
from tests.fakes.identity.people import ADA, BOB, person

from ollamanet.application.identity.ports import Credentials, Users
from ollamanet.domain.identity.errors import EmailTaken, UsernameTaken
from ollamanet.domain.identity.names import Email, Login, Username
from ollamanet.domain.identity.user import Role, User, UserStatus
from ollamanet.domain.kernel.errors import Conflict


@pytest.mark.anyio
class UsersContract:
    async def test_an_account_comes_back_as_it_was_stored(self, users: Users) -> None:
        odd = person("Łukasz_Ä", email="O'Brien+ollama@Bücher.example", role=Role.ADMIN)
        whole = replace(odd, last_sign_in_at=NOON + timedelta(hours=1), status=UserStatus.LOCKED)

        await users.add(whole, password_hash="a hash")

        assert await users.find(whole.id) == whole

    async def test_roles_of_any_name_come_back(self, users: Users) -> None:
        several = replace(ADA, roles=frozenset({"User", "Admin", 'R&D "west"; ß'}))
        await users.add(several, password_hash="a hash")
        found = await users.find(ADA.id)
        assert found is not None
        assert found.roles == several.roles

    async def test_what_was_never_stored_is_not_found(self, users: Users) -> None:
        await users.add(ADA, password_hash="a hash")

        assert await users.find(BOB.id) is None
        assert await users.find_credentials(Login.parse("bob")) is None
        assert await users.find_credentials(Login.parse("bob@example.org")) is None

    @pytest.mark.parametrize("login", ["ada", "ADA", "ada@example.org", "Ada@EXAMPLE.org", "\uff41da"])
    async def test_credentials_are_found_by_either_name_in_any_spelling(self, users: Users, login: str) -> None:
        await users.add(BOB, password_hash="bob's")
        await users.add(ADA, password_hash="ada's")

        found = await users.find_credentials(Login.parse(login))

        assert found is not None
        assert (found.user, found.password_hash) == (ADA, "ada's")

    @pytest.mark.parametrize("email", ["ada@example.org", "ADA@Example.Org", "\uff41da@example.org"])
    async def test_an_address_is_taken_in_every_spelling(self, users: Users, email: str) -> None:
        await users.add(ADA, password_hash="a hash")

        with pytest.raises(EmailTaken):
            await users.add(replace(BOB, email=Email.parse(email)), password_hash="a hash")

        assert await users.find(BOB.id) is None

    @pytest.mark.parametrize("username", ["ada", "ADA", "\uff41da"])
    async def test_a_user_name_is_taken_in_every_spelling(self, users: Users, username: str) -> None:
        await users.add(ADA, password_hash="a hash")

        with pytest.raises(UsernameTaken):
            await users.add(replace(BOB, username=Username.parse(username)), password_hash="a hash")

        assert await users.find(BOB.id) is None

    async def test_of_many_at_once_with_one_name_one_gets_it(self, users: Users) -> None:
        outcomes: list[Conflict | User] = []

        async def register(user: User) -> None:
            try:
                await users.add(user, password_hash="a hash")
            except Conflict as refusal:
                outcomes.append(refusal)
            else:
                outcomes.append(user)

        async with anyio.create_task_group() as group:
            for number in range(1, 9):
                group.start_soon(register, person("eve", number=number, email=f"eve{number}@example.org"))

        made = [outcome for outcome in outcomes if isinstance(outcome, User)]
        refused = [outcome for outcome in outcomes if isinstance(outcome, UsernameTaken)]
        assert (len(made), len(refused)) == (1, 7)
        assert await users.find(made[0].id) == made[0]

    async def test_the_last_sign_in_is_remembered(self, users: Users) -> None:
        await users.add(ADA, password_hash="a hash")
        await users.add(BOB, password_hash="a hash")
        later = NOON + timedelta(hours=2, microseconds=7)

        await users.record_sign_in(ADA.id, at=NOON)
        await users.record_sign_in(ADA.id, at=later)

        assert await users.find(ADA.id) == replace(ADA, last_sign_in_at=later)
        assert await users.find(BOB.id) == BOB

    async def test_a_sign_in_of_nobody_changes_nothing(self, users: Users) -> None:
        await users.add(ADA, password_hash="a hash")
        await users.record_sign_in(BOB.id, at=NOON)
        assert (await users.find(ADA.id), await users.find(BOB.id)) == (ADA, None)

    async def test_a_new_hash_of_the_same_password_is_no_change_of_it(self, users: Users) -> None:
        await users.add(ADA, password_hash="old")

        await users.set_password(ADA.id, password_hash="stronger", at=None)
        assert (await users.find_credentials(Login.parse("ada"))) == Credentials(ADA, "stronger")

        await users.set_password(ADA.id, password_hash="another", at=NOON)
        changed = replace(ADA, password_changed_at=NOON)
        assert (await users.find_credentials(Login.parse("ada"))) == Credentials(changed, "another")

    async def test_a_new_hash_replaces_only_the_one_that_was_compared(self, users: Users) -> None:
        await users.add(ADA, password_hash="old")

        await users.set_password(ADA.id, password_hash="stronger", at=None, replacing="old")
        assert (await users.find_credentials(Login.parse("ada"))) == Credentials(ADA, "stronger")

        await users.set_password(ADA.id, password_hash="too late", at=None, replacing="old")
        assert (await users.find_credentials(Login.parse("ada"))) == Credentials(ADA, "stronger")

    async def test_a_user_name_that_looks_like_another_is_taken(self, users: Users) -> None:
        cyrillic = "\u0441\u043e\u0441\u043e"
        await users.add(replace(ADA, username=Username.parse("coco")), password_hash="a hash")

        with pytest.raises(UsernameTaken):
            await users.add(replace(BOB, username=Username.parse(cyrillic)), password_hash="a hash")

        found = await users.find_credentials(Login.parse(cyrillic))
        assert found is not None
        assert found.user.id == ADA.id
