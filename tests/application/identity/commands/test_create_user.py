"""Making an account for somebody else."""

import pytest
from tests.fakes.identity.fixed_time import CountedIds, FixedClock
from tests.fakes.identity.memory_users import MemoryUsers
from tests.fakes.identity.people import PHRASE
from tests.fakes.identity.plain_hasher import PlainHasher

from ollamanet.application.identity.accounts import NewAccounts
from ollamanet.application.identity.commands.create_user import CreateUser, CreateUserHandler
from ollamanet.domain.identity.errors import EmailTaken
from ollamanet.domain.identity.user import Role
from ollamanet.domain.kernel.errors import InvalidRequest


def create(users: MemoryUsers) -> CreateUserHandler:
    return CreateUserHandler(NewAccounts(users, PlainHasher(), FixedClock(), CountedIds()))


@pytest.mark.anyio
@pytest.mark.parametrize("role", list(Role))
async def test_the_account_has_the_role_that_was_asked_for(role: Role) -> None:
    users = MemoryUsers()
    user = await create(users)(CreateUser("root@example.org", "root", PHRASE, role))
    assert user.roles == {role.value}
    assert await users.find(user.id) == user


@pytest.mark.anyio
async def test_without_a_role_it_is_a_user() -> None:
    user = await create(MemoryUsers())(CreateUser("ada@example.org", "ada", PHRASE))
    assert user.roles == {"User"}


@pytest.mark.anyio
async def test_the_rules_for_names_and_passwords_hold_for_administrators_too() -> None:
    users = MemoryUsers()
    await create(users)(CreateUser("ada@example.org", "ada", PHRASE))
    with pytest.raises(EmailTaken):
        await create(users)(CreateUser("Ada@Example.org", "other", PHRASE))
    with pytest.raises(InvalidRequest, match=r"^password: expected 12 to 1024 characters$"):
        await create(users)(CreateUser("bob@example.org", "bob", "short", Role.ADMIN))
    assert len(users.stored) == 1


def test_no_representation_of_the_command_shows_the_password() -> None:
    assert PHRASE not in repr(CreateUser("ada@example.org", "ada", PHRASE))
