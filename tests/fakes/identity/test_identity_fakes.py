"""The fakes keep the contracts of what they stand for."""

import pytest
from tests.contracts.api_keys import ApiKeysContract
from tests.contracts.administered_users import AdministeredUsersContract
from tests.contracts.password_hashers import PasswordHashersContract
from tests.contracts.users import UsersContract
from tests.fakes.identity.memory_api_keys import MemoryApiKeys
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
