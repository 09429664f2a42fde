"""How does one account stand?"""

from dataclasses import dataclass

from ollamanet.application.identity.administration import Administrator
from ollamanet.application.identity.administration_ports import AccountOverview, AdministeredUsers
from ollamanet.application.kernel.clock import Clock
from ollamanet.domain.kernel.errors import NotFound
from ollamanet.domain.kernel.ids import UserId
from ollamanet.domain.kernel.permissions import Permission


@dataclass(frozen=True, slots=True)
class InspectUser:
    """Which account."""

    by: Administrator
    user_id: UserId


@dataclass(frozen=True, slots=True)
class InspectUserHandler:
    """Looks at it, and at what belongs to it."""

    users: AdministeredUsers
    clock: Clock

    async def __call__(self, query: InspectUser) -> AccountOverview:
        """The account as it is now.

        Raises:
            Forbidden: the caller may not see all accounts.
            NotFound: there is no such account.
        """
        query.by.means.require(Permission.USERS_READ)
        found = await self.users.overview(query.user_id, at=self.clock.now())
        if found is None:
            raise NotFound("there is no such account")
        return found
