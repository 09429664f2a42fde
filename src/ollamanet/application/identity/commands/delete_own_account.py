"""Somebody deletes his own account."""

from dataclasses import dataclass, field

from ollamanet.application.identity.commands.delete_user import DeleteUser, DeleteUserHandler
from ollamanet.application.identity.ports import PasswordHasher, Users
from ollamanet.application.kernel.actor import Actor
from ollamanet.application.kernel.audit import Agent, Origin
from ollamanet.domain.identity.errors import WrongCredentials
from ollamanet.domain.identity.names import Login
from ollamanet.domain.identity.password import Password
from ollamanet.domain.identity.user import User
from ollamanet.domain.kernel.errors import Unauthenticated


@dataclass(frozen=True, slots=True)
class DeleteOwnAccount:
    """Who goes, and his password once more, unchecked."""

    actor: Actor
    origin: Origin
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class DeleteOwnAccountHandler:
    """Deletes as an administrator would; an access token alone is not enough."""

    users: Users
    hasher: PasswordHasher
    delete_user: DeleteUserHandler

    async def __call__(self, command: DeleteOwnAccount) -> User:
        """Delete the account.

        Returns:
            It, as it is now; `kept_until` says how long an administrator can restore it.

        Raises:
            Forbidden: the caller came with an API key.
            InvalidRequest: the password cannot be one.
            WrongCredentials: it is not the account's.
            Unauthenticated: the account is gone meanwhile.
            LastAdmin: nobody else could administer.
        """
        actor = command.actor
        actor.require_sign_in()
        password = Password.attempt(command.password)
        user = await self.users.find(actor.user_id)
        if user is None or not user.usable:
            raise Unauthenticated("the account of this token is gone or disabled")
        found = await self.users.find_credentials(Login(user.username.key))
        # The name may have gone to somebody else between the two reads.
        own = found.password_hash if found and found.user.id == actor.user_id else None
        if not await self.hasher.verify(password, own):
            raise WrongCredentials("password: it is not the one of this account")
        return await self.delete_user(DeleteUser(actor.user_id, Agent.of(actor), command.origin))
