"""Who is meant?"""

from dataclasses import dataclass
from uuid import UUID

from ollamanet.application.identity.administration import Administrator
from ollamanet.application.identity.ports import Users
from ollamanet.domain.identity.names import Login
from ollamanet.domain.identity.user import User
from ollamanet.domain.kernel.errors import InvalidRequest, NotFound
from ollamanet.domain.kernel.ids import UserId
from ollamanet.domain.kernel.permissions import Permission


@dataclass(frozen=True, slots=True)
class FindUser:
    """An email address, a user name, or an id, as somebody typed it."""

    by: Administrator
    who: str


@dataclass(frozen=True, slots=True)
class FindUserHandler:
    """Finds the one account that goes by it."""

    users: Users

    async def __call__(self, query: FindUser) -> User:
        """The account.

        Raises:
            Forbidden: the caller may not see all accounts.
            InvalidRequest: it is none of these, or the id of one account and the name of another.
            NotFound: there is no such account.
        """
        query.by.means.require(Permission.USERS_READ)
        named = await self.users.find_credentials(Login.parse(query.who))
        by_name = named.user if named else None
        found = await self._by_id(query.who) or by_name
        if found is None:
            raise NotFound("there is no such account")
        if by_name is not None and by_name.id != found.id:
            raise InvalidRequest("this is the id of one account and the user name of another: give an email address")
        return found

    async def _by_id(self, text: str) -> User | None:
        try:
            return await self.users.find(UserId(UUID(text)))
        except ValueError:
            return None
