"""The fakes keep the contracts of what they stand for."""

from collections.abc import Awaitable, Callable, Collection

import pytest
from tests.contracts.password_hashers import PasswordHashersContract
from tests.contracts.roles import RolesContract
from tests.contracts.users import UsersContract
from tests.fakes.identity.memory_roles import MemoryRoles
from tests.fakes.identity.memory_users import MemoryUsers
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
