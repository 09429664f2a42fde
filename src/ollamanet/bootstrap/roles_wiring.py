"""Roles, joined to their store; the server and the command line both use them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from ollamanet.application.identity.commands.change_role import ChangeRoleHandler
from ollamanet.application.identity.commands.create_role import CreateRoleHandler
from ollamanet.application.identity.commands.delete_role import DeleteRoleHandler
from ollamanet.application.identity.queries.list_roles import ListRolesHandler
from ollamanet.application.identity.role_ports import RoleStore
from ollamanet.bootstrap.settings import Settings
from ollamanet.bootstrap.storage import open_storage
from ollamanet.infrastructure.identity.sql_roles import SqlRoles
from ollamanet.infrastructure.kernel.system_clock import SystemClock
from ollamanet.interfaces.identity.role_routes import RoleUseCases


def role_use_cases(store: RoleStore) -> RoleUseCases:
    """What is done with roles."""
    clock = SystemClock()
    return RoleUseCases(
        ListRolesHandler(store),
        CreateRoleHandler(store, clock),
        ChangeRoleHandler(store, clock),
        DeleteRoleHandler(store, clock),
    )


@dataclass(frozen=True, slots=True)
class RolesCommands:
    """What the `roles` commands run on."""

    settings: Settings

    @asynccontextmanager
    async def roles(self) -> AsyncIterator[RoleUseCases]:
        """Open the database, give the use cases, close it."""
        async with open_storage(self.settings) as storage:
            yield role_use_cases(SqlRoles(storage.database, SystemClock()))
