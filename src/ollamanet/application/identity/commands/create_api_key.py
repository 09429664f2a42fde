"""Somebody makes an API key for a program of his, or the operator makes one for him."""

from dataclasses import dataclass

from ollamanet.application.identity.key_records import KeyWish
from ollamanet.application.identity.new_keys import CreatedKey, NewKeys
from ollamanet.application.identity.ports import Roles, Users
from ollamanet.application.kernel.actor import Actor
from ollamanet.application.kernel.audit import OPERATOR, Agent, Origin
from ollamanet.domain.kernel.errors import NotFound
from ollamanet.domain.kernel.ids import UserId


@dataclass(frozen=True, slots=True)
class CreateApiKey:
    """Who wants a key, and what it shall be."""

    actor: Actor
    wish: KeyWish
    origin: Origin


@dataclass(frozen=True, slots=True)
class CreateApiKeyHandler:
    """Makes the key for whoever is signed in; a key makes no keys."""

    new_keys: NewKeys

    async def __call__(self, command: CreateApiKey) -> CreatedKey:
        """Make the key.

        Raises:
            Forbidden: the caller came with a key, or it would be wider than he is.
            InvalidRequest: a field is not what its rule says.
            Conflict: he has too many already.
        """
        actor = command.actor
        actor.require_sign_in()
        return await self.new_keys.create(
            actor.user_id, command.wish, allowed=actor.permissions, by=Agent.of(actor), origin=command.origin
        )


@dataclass(frozen=True, slots=True)
class CreateApiKeyFor:
    """Whose key it shall be, and what."""

    owner: UserId
    wish: KeyWish
    origin: Origin


@dataclass(frozen=True, slots=True)
class CreateApiKeyForHandler:
    """Makes a key for somebody; the caller runs the command line."""

    new_keys: NewKeys
    users: Users
    roles: Roles

    async def __call__(self, command: CreateApiKeyFor) -> CreatedKey:
        """Make the key.

        Raises:
            NotFound: there is no such account, or it may not be used.
            Forbidden: it would be wider than its owner.
            InvalidRequest: a field is not what its rule says.
            Conflict: he has too many already.
        """
        user = await self.users.find(command.owner)
        if user is None:
            raise NotFound("there is no such account")
        standing = (await self.roles.book()).standing(user.roles, user.limits)
        return await self.new_keys.create(
            user.id, command.wish, allowed=standing.permissions, by=OPERATOR, origin=command.origin
        )
