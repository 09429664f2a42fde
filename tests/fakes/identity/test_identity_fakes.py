"""The fakes keep the contracts of what they stand for."""

import pytest
from tests.contracts.administered_users import AdministeredUsersContract
from tests.contracts.password_hashers import PasswordHashersContract
from tests.contracts.users import UsersContract
from tests.fakes.identity.memory_users import MemoryUsers
from tests.fakes.identity.memory_world import MemoryWorld
from tests.fakes.identity.plain_hasher import PlainHasher


class TestMemoryUsers(UsersContract):
    @pytest.fixture
    def users(self) -> MemoryUsers:
        return MemoryUsers()


class TestPlainHasher(PasswordHashersContract):
    @pytest.fixture
    def hasher(self) -> PlainHasher:
        return PlainHasher()


class TestMemoryAdministeredUsers(AdministeredUsersContract):
    @pytest.fixture
    def world(self) -> MemoryWorld:
        return MemoryWorld()
