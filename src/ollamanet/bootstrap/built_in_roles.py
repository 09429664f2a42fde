"""The roles that every installation has, as the store of them all."""

from ollamanet.domain.identity.roles import RoleBook


class BuiltInRoles:
    """Satisfies `Roles` where an installation has none of its own."""

    async def book(self) -> RoleBook:
        """The built-in ones."""
        return RoleBook()
