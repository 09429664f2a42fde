"""The fakes keep the contracts of what they stand for."""

from collections.abc import Awaitable, Callable, Collection, Sequence

import pytest
from tests.contracts.administered_users import AdministeredUsersContract
from tests.contracts.api_keys import ApiKeysContract
from tests.contracts.first_admins import FirstAdminsContract
from tests.contracts.invitations import InvitationsContract
from tests.contracts.own_accounts import OwnAccountsContract, Place
from tests.contracts.password_hashers import PasswordHashersContract
from tests.contracts.roles import RolesContract
from tests.contracts.sessions import Put, SessionsContract, Trail
from tests.contracts.sign_in_failures import SignInFailuresContract, Visits
from tests.contracts.users import UsersContract
from tests.fakes.identity.memory_api_keys import MemoryApiKeys
from tests.fakes.identity.memory_failures import MemoryFailures
from tests.fakes.identity.memory_invitations import MemoryFirstAdmins, MemoryInvitations
from tests.fakes.identity.memory_own_accounts import MemoryOwnAccounts
from tests.fakes.identity.memory_roles import MemoryRoles
from tests.fakes.identity.memory_sessions import MemorySessions
from tests.fakes.identity.memory_users import MemoryUsers
from tests.fakes.identity.memory_world import MemoryWorld
from tests.fakes.identity.plain_hasher import PlainHasher

from ollamanet.domain.identity.user import User


class TestMemoryUsers(UsersContract):
    @pytest.fixture
    def users(self) -> MemoryUsers:
        return MemoryUsers()


class TestPlainHasher(PasswordHashersContract):
    @pytest.fixture
    def hasher(self) -> PlainHasher:
        return PlainHasher()


class TestMemoryApiKeys(ApiKeysContract):
    @pytest.fixture
    def users(self) -> MemoryUsers:
        return MemoryUsers()

    @pytest.fixture
    def keys(self, users: MemoryUsers) -> MemoryApiKeys:
        return MemoryApiKeys(users)


class TestMemoryAdministeredUsers(AdministeredUsersContract):
    @pytest.fixture
    def world(self) -> MemoryWorld:
        return MemoryWorld()


class TestMemoryFailures(SignInFailuresContract):
    @pytest.fixture
    def failures(self) -> MemoryFailures:
        return MemoryFailures()

    @pytest.fixture
    def visits(self, failures: MemoryFailures) -> Visits:
        async def visit(user_id, address, _at) -> None:
            failures.places.add((user_id, address))

        return visit


class TestMemoryOwnAccounts(OwnAccountsContract):
    @pytest.fixture
    def place(self) -> Place:
        users, failures = MemoryUsers(), MemoryFailures()
        accounts = MemoryOwnAccounts(users, failures)

        async def open_sessions(user_id, *ids) -> None:
            accounts.sessions |= dict.fromkeys(ids, user_id)

        async def live() -> set:
            return set(accounts.sessions)

        async def trail() -> list[str]:
            return [each.action for each in users.trail]

        return Place(users, users.update, accounts, accounts, failures, open_sessions, live, trail)


class TestMemoryInvitations(InvitationsContract):
    @pytest.fixture
    def users(self) -> MemoryUsers:
        return MemoryUsers()

    @pytest.fixture
    def invitations(self, users: MemoryUsers) -> MemoryInvitations:
        return MemoryInvitations(users)


class TestMemoryFirstAdmins(FirstAdminsContract):
    @pytest.fixture
    def users(self) -> MemoryUsers:
        return MemoryUsers()

    @pytest.fixture
    def admins(self, users: MemoryUsers) -> MemoryFirstAdmins:
        return MemoryFirstAdmins(users)


class TestMemoryRoles(RolesContract):
    @pytest.fixture
    def roles(self) -> MemoryRoles:
        return MemoryRoles()

    @pytest.fixture
    def join(self, roles: MemoryRoles) -> Callable[..., Awaitable[None]]:
        async def join(*users: User, invited: frozenset[str] | None = None) -> None:
            roles.join(*users)
            roles.invitations += [] if invited is None else [invited]

        return join

    @pytest.fixture
    def roles_of(self, roles: MemoryRoles) -> Callable[[User], Awaitable[Collection[str]]]:
        async def roles_of(user: User) -> Collection[str]:
            return roles.accounts[user.id][1]

        return roles_of

    @pytest.fixture
    def trail(self, roles: MemoryRoles) -> Callable[[], Awaitable[list[str]]]:
        async def trail() -> list[str]:
            return [entry.action for entry in roles.trail]

        return trail


class TestMemorySessions(SessionsContract):
    @pytest.fixture
    def users(self) -> MemoryUsers:
        return MemoryUsers()

    @pytest.fixture
    def sessions(self, users: MemoryUsers) -> MemorySessions:
        return MemorySessions(users)

    @pytest.fixture
    def put(self, users: MemoryUsers) -> Put:
        return users.update

    @pytest.fixture
    def trail(self, users: MemoryUsers) -> Trail:
        async def actions() -> Sequence[str]:
            return [entry.action for entry in users.trail]

        return actions
