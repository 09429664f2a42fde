"""Which accounts are there?"""

from dataclasses import dataclass

from ollamanet.application.identity.ports import Users
from ollamanet.application.kernel.page import Page, PageRequest
from ollamanet.domain.identity.user import User


@dataclass(frozen=True, slots=True)
class ListUsers:
    """Asks for one page of the accounts, the oldest first."""

    page: PageRequest


@dataclass(frozen=True, slots=True)
class ListUsersHandler:
    """Lists accounts; the caller has the right to see them."""

    users: Users

    async def __call__(self, query: ListUsers) -> Page[User]:
        """One page, empty past the end."""
        return await self.users.list_users(query.page)
