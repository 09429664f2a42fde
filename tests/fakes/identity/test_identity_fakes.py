"""The fakes keep the contracts of what they stand for."""

import pytest
from tests.contracts.first_admins import FirstAdminsContract
from tests.contracts.invitations import InvitationsContract
from tests.contracts.password_hashers import PasswordHashersContract
from tests.contracts.users import UsersContract
from tests.fakes.identity.memory_invitations import MemoryFirstAdmins, MemoryInvitations
from tests.fakes.identity.memory_users import MemoryUsers
from tests.fakes.identity.plain_hasher import PlainHasher


class TestMemoryUsers(UsersContract):
    @pytest.fixture
    def users(self) -> MemoryUsers:
        return MemoryUsers()


class TestPlainHasher(PasswordHashersContract):
    @pytest.fixture
    def hasher(self) -> PlainHasher:
        return PlainHasher()


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
