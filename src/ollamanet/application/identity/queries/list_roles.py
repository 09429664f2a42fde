"""Which roles are there, and how many have each?"""

from dataclasses import dataclass

from ollamanet.application.identity.administration import Administrator
from ollamanet.application.identity.role_ports import Holders, RoleStore
from ollamanet.application.kernel.page import Page, PageRequest
from ollamanet.domain.identity.roles import RoleDefinition
from ollamanet.domain.kernel.permissions import Permission


@dataclass(frozen=True, slots=True)
class HeldRole:
    """A role, and who has it."""

    role: RoleDefinition
    holders: Holders


@dataclass(frozen=True, slots=True)
class ListRolesHandler:
    """For those who may change them."""

    roles: RoleStore

    async def page(self, by: Administrator, page: PageRequest) -> Page[HeldRole]:
        """A page of the roles: the built-in ones, then the others by name.

        Raises:
            Forbidden: the caller may not change roles.
        """
        by.means.require(Permission.ROLES_WRITE)
        found = sorted(await self.roles.book(), key=lambda role: (not role.built_in, role.key))
        holders = await self.roles.holders()
        items = [
            HeldRole(role, holders.get(role.key, Holders()))
            for role in found[page.offset : page.offset + page.page_size]
        ]
        return Page(items, page.page, page.page_size, len(found))

    async def one(self, by: Administrator, name: str) -> HeldRole:
        """One role, by its name in any spelling.

        Raises:
            Forbidden: the caller may not change roles.
            NotFound: there is no such role.
        """
        by.means.require(Permission.ROLES_WRITE)
        role = (await self.roles.book()).require(name)
        return await self.held(role)

    async def held(self, role: RoleDefinition) -> HeldRole:
        """A role with its holders, for those who were let change it."""
        return HeldRole(role, (await self.roles.holders()).get(role.key, Holders()))
