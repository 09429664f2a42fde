"""The roles that every installation has."""

from typing import Final

from ollamanet.domain.identity.roles import RoleBook

_BOOK: Final = RoleBook()


class BuiltInRoles:
    """A `Roles` that knows no others."""

    async def book(self) -> RoleBook:
        """`User` and `Admin`."""
        return _BOOK
