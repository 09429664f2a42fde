"""Whose login is this?"""

from dataclasses import dataclass

from ollamanet.application.identity.ports import Users
from ollamanet.domain.identity.names import Login
from ollamanet.domain.identity.user import User
from ollamanet.domain.kernel.errors import NotFound


@dataclass(frozen=True, slots=True)
class FindAccount:
    """An email address or a user name, as somebody typed it."""

    login: str


@dataclass(frozen=True, slots=True)
class FindAccountHandler:
    """Finds accounts, locked and deleted ones included; the caller has the right to see them."""

    users: Users

    async def __call__(self, query: FindAccount) -> User:
        """The account.

        Raises:
            InvalidRequest: no account can have this login.
            NotFound: none has it.
        """
        found = await self.users.find_credentials(Login.parse(query.login))
        if found is None:
            raise NotFound("there is no account with this address or user name")
        return found.user
