"""Who am I?"""

from dataclasses import dataclass

from ollamanet.application.identity.ports import Users
from ollamanet.application.kernel.actor import Actor
from ollamanet.domain.identity.user import User
from ollamanet.domain.kernel.errors import Unauthenticated


@dataclass(frozen=True, slots=True)
class GetProfile:
    """Asks for the caller's own account."""

    actor: Actor


@dataclass(frozen=True, slots=True)
class GetProfileHandler:
    """Reads the account afresh: a token may be older than its last change."""

    users: Users

    async def __call__(self, query: GetProfile) -> User:
        """The caller's account.

        Raises:
            Unauthenticated: the account was deleted or disabled after the token was issued.
        """
        user = await self.users.find(query.actor.user_id)
        if user is None or not user.usable:
            raise Unauthenticated("the account of this token is gone or disabled")
        return user
