"""Which accounts are there?"""

from dataclasses import dataclass, field

from ollamanet.application.identity.administration import Administrator
from ollamanet.application.identity.administration_ports import AdministeredUsers, UserSearch
from ollamanet.application.kernel.page import Page, PageRequest
from ollamanet.domain.identity.user import User
from ollamanet.domain.kernel.permissions import Permission


@dataclass(frozen=True, slots=True)
class SearchUsers:
    """Asks for one page of those that are wanted, the oldest first if nothing else is said."""

    by: Administrator
    page: PageRequest
    wanted: UserSearch = field(default_factory=UserSearch)


@dataclass(frozen=True, slots=True)
class SearchUsersHandler:
    """Lists accounts."""

    users: AdministeredUsers

    async def __call__(self, query: SearchUsers) -> Page[User]:
        """One page, empty past the end.

        Raises:
            Forbidden: the caller may not see all accounts.
        """
        query.by.means.require(Permission.USERS_READ)
        return await self.users.search(query.wanted, query.page)
