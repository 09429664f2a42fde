"""Making an account of one's own."""

from dataclasses import replace

import pytest
from tests.fakes.identity.fixed_time import NOON, CountedIds, FixedClock
from tests.fakes.identity.memory_invitations import MemoryInvitations
from tests.fakes.identity.memory_users import MemoryUsers
from tests.fakes.identity.people import PHRASE
from tests.fakes.identity.plain_hasher import PlainHasher
from tests.fakes.identity.signing_in import SigningIn

from ollamanet.application.identity.accounts import NewAccounts
from ollamanet.application.identity.commands.register_user import RegisterUser, RegisterUserHandler
from ollamanet.domain.identity.errors import EmailTaken, RegistrationClosed, UsernameTaken
from ollamanet.domain.identity.names import Login
from ollamanet.domain.identity.password import Password
from ollamanet.domain.identity.user import RegistrationPolicy
from ollamanet.domain.kernel.errors import InvalidRequest

ADA = RegisterUser("Ada@example.org", "Ada", PHRASE)


@pytest.fixture
def users() -> MemoryUsers:
    return MemoryUsers()


def register(users: MemoryUsers, policy: RegistrationPolicy = RegistrationPolicy.OPEN) -> RegisterUserHandler:
    accounts = NewAccounts(users, PlainHasher(), FixedClock(), CountedIds())
    return RegisterUserHandler(policy, accounts, MemoryInvitations(users), SigningIn(users).opener)


@pytest.mark.anyio
async def test_the_new_account_is_a_user_stored_and_signed_in(users: MemoryUsers) -> None:
    handler = register(users)
    signed_in = await handler(ADA)

    assert await users.find(signed_in.user.id) == signed_in.user
    assert (str(signed_in.user.email), str(signed_in.user.username)) == ("Ada@example.org", "Ada")
    assert signed_in.user.roles == {"User"}
    assert signed_in.user.created_at == NOON
    assert handler.sessions.tokens.read(signed_in.token.text).user_id == signed_in.user.id


@pytest.mark.anyio
async def test_only_a_hash_of_the_password_is_stored(users: MemoryUsers) -> None:
    handler = register(users)
    await handler(ADA)
    stored = await users.find_credentials(Login.parse("ada"))
    assert stored is not None
    assert stored.password_hash != PHRASE
    assert await handler.accounts.hasher.verify(Password.parse(PHRASE), stored.password_hash)


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("again", "refusal"),
    [
        (replace(ADA, username="other", email="ADA@EXAMPLE.ORG"), EmailTaken),
        (replace(ADA, username="ADA", email="other@example.org"), UsernameTaken),
    ],
)
async def test_a_taken_name_is_refused(users: MemoryUsers, again: RegisterUser, refusal: type[Exception]) -> None:
    handler = register(users)
    first = await handler(ADA)
    with pytest.raises(refusal):
        await handler(again)
    assert [found.user for found in users.stored.values()] == [first.user]


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("field", "value"), [("email", "ada"), ("username", "a da"), ("password", "too short"), ("password", "x" * 1025)]
)
async def test_a_bad_field_is_refused_by_name_before_anything_is_stored(
    users: MemoryUsers, field: str, value: str
) -> None:
    with pytest.raises(InvalidRequest, match=rf"^{field}: expected "):
        await register(users)(replace(ADA, **{field: value}))
    assert users.stored == {}


@pytest.mark.anyio
@pytest.mark.parametrize("policy", [RegistrationPolicy.CLOSED, RegistrationPolicy.INVITE])
async def test_nobody_registers_where_registration_is_not_open(users: MemoryUsers, policy: RegistrationPolicy) -> None:
    with pytest.raises(RegistrationClosed):
        await register(users, policy)(ADA)
    assert users.stored == {}


def test_no_representation_of_the_command_shows_the_password() -> None:
    assert PHRASE not in repr(ADA)
