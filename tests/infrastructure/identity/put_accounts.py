"""Accounts that become others under somebody, as an administrator makes them."""

from collections.abc import Awaitable, Callable

from tests.fakes.identity.fixed_time import NOON

from ollamanet.application.identity.administration_ports import AccountChange
from ollamanet.domain.identity.user import User
from ollamanet.infrastructure.identity.sql_administered_users import SqlAdministeredUsers
from ollamanet.infrastructure.kernel.database import Database


def put_into(database: Database) -> Callable[[User], Awaitable[None]]:
    async def put(user: User) -> None:
        await SqlAdministeredUsers(database).change(user.id, lambda _: AccountChange(user), at=NOON)

    return put
