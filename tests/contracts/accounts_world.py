"""A store of accounts for the contracts, and hands to put into it what others would."""

from datetime import timedelta
from typing import Protocol

from ollamanet.application.identity.administration_ports import AdministeredUsers, UserSearch
from ollamanet.application.identity.ports import Users
from ollamanet.application.kernel.page import PageRequest
from ollamanet.domain.identity.user import User
from ollamanet.domain.kernel.ids import UserId

HOUR = timedelta(hours=1)


class World(Protocol):
    """A store, and hands to put into it what others would."""

    users: Users
    accounts: AdministeredUsers

    async def give(self, user_id: UserId, *, sessions: int = 0, over: int = 0, keys: int = 0, resets: int = 0) -> None:
        """Sessions and keys that are good for an hour, as many of each that are over, and mailed tokens."""

    async def fail(self, user_id: UserId, *, minutes: int) -> None:
        """Lock it by failed sign-ins for so long from noon."""

    async def open_resets(self, user_id: UserId) -> int:
        """Mailed tokens that can still be used."""

    async def trail(self) -> list[tuple[str, str]]:
        """Actions and targets of the audit trail."""


async def stored(world: World, *people: User) -> World:
    for user in people:
        await world.users.add(user, password_hash="a hash")
    return world


async def names(world: World, page: PageRequest | None = None, **wanted: object) -> list[str]:
    found = await world.accounts.search(UserSearch(**wanted), page or PageRequest())
    return [user.username.text for user in found.items]
