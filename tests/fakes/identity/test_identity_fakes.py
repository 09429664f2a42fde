"""The fakes keep the contracts of what they stand for."""

from collections.abc import Sequence

import pytest
from tests.contracts.password_hashers import PasswordHashersContract
from tests.contracts.sessions import SessionsContract, Trail
from tests.contracts.users import UsersContract
from tests.fakes.identity.memory_sessions import MemorySessions
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


class TestMemorySessions(SessionsContract):
    @pytest.fixture
    def users(self) -> MemoryUsers:
        return MemoryUsers()

    @pytest.fixture
    def sessions(self, users: MemoryUsers) -> MemorySessions:
        return MemorySessions(users)

    @pytest.fixture
    def trail(self, users: MemoryUsers) -> Trail:
        async def actions() -> Sequence[str]:
            return [entry.action for entry in users.trail]

        return actions
