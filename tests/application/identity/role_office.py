"""The administration of roles over a store in memory."""

from typing import Any

from tests.fakes.identity.fixed_time import FixedClock
from tests.fakes.identity.memory_roles import MemoryRoles
from tests.fakes.kernel.callers import a_user, an_admin

from ollamanet.application.identity.administration import Administrator
from ollamanet.application.identity.commands.change_role import ChangeRoleHandler
from ollamanet.application.identity.commands.create_role import CreateRoleHandler
from ollamanet.application.identity.commands.delete_role import DeleteRoleHandler
from ollamanet.application.identity.queries.list_roles import ListRolesHandler
from ollamanet.application.kernel.audit import Origin
from ollamanet.application.kernel.page import PageRequest
from ollamanet.domain.identity.roles import RoleDefinition
from ollamanet.domain.kernel.caller_limits import CallerLimits
from ollamanet.domain.kernel.permissions import Permission

CHAT, READ = Permission.CHAT, Permission.SYSTEM_READ
ROLES, WRITE = Permission.ROLES_WRITE, Permission.SYSTEM_WRITE
WATCH = RoleDefinition("Watch", frozenset({CHAT}), CallerLimits(concurrency=2))
FROM_HOME = Origin("192.0.2.7", "curl", "request-1")
BOSS = Administrator.of(an_admin(name="root"), FROM_HOME)


def editor(*permissions: Permission, **more: Any) -> Administrator:
    return Administrator.of(a_user(permissions=frozenset({ROLES, *permissions}), **more), FROM_HOME)


class Office:
    def __init__(self, *own: RoleDefinition) -> None:
        self.roles, clock = MemoryRoles(*own), FixedClock()
        self.create = CreateRoleHandler(self.roles, clock)
        self.change = ChangeRoleHandler(self.roles, clock)
        self.delete = DeleteRoleHandler(self.roles, clock)
        self.list = ListRolesHandler(self.roles)

    async def names(self) -> list[str]:
        return [held.role.name for held in (await self.list.page(BOSS, PageRequest())).items]
