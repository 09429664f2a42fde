"""Tells who an API key stands for."""

from dataclasses import dataclass
from math import inf

from ollamanet.application.identity.key_ports import ApiKeys, KeyUses
from ollamanet.application.identity.ports import Identified, Roles
from ollamanet.application.kernel.actor import Actor
from ollamanet.application.kernel.clock import Clock
from ollamanet.domain.identity.errors import TokenExpired
from ollamanet.domain.identity.key_text import hash_of_key, is_key_text
from ollamanet.domain.kernel.caller_limits import CallerLimits
from ollamanet.domain.kernel.errors import Unauthenticated


@dataclass(frozen=True, slots=True)
class KeyCallers:
    """A `CallerSource` for tokens that begin with `onk_`."""

    keys: ApiKeys
    roles: Roles
    uses: KeyUses
    clock: Clock

    async def identify(self, token: str) -> Identified:
        """Look at the key, its owner and his roles, as they are stored now.

        Raises:
            TokenExpired: it was good, and its time is over.
            Unauthenticated: it is mistyped or none of ours, was revoked, or its owner's account may not be used.
            StorageUnavailable: nobody knows at the moment.
        """
        # Before the database is asked: guesses and typing errors cost a check sum.
        if not is_key_text(token):
            raise Unauthenticated("the API key is mistyped or cut off")
        found = await self.keys.holder(hash_of_key(token))
        if found is None or found.key.revoked_at is not None or not found.user.usable:
            raise Unauthenticated("the API key is not valid, or no longer so")
        key, user, now = found.key, found.user, self.clock.now()
        if key.expired(now):
            raise TokenExpired("the API key has expired; make another one")
        standing = key.within((await self.roles.book()).standing(user.roles, user.limits))
        actor = Actor(
            user.id,
            user.roles,
            key=str(key.id),
            permissions=standing.permissions,
            name=str(user.username),
            limits=standing.limits,
            own_limits=user.limits,
            key_limits=_without_models(key.limits),
        )
        self.uses.note(key, now)
        return Identified(actor, inf if key.expires_at is None else (key.expires_at - now).total_seconds())


def _without_models(limits: CallerLimits) -> CallerLimits:
    """They stand in the actor's other limits already, as far as the owner has them."""
    return CallerLimits(
        limits.concurrency, limits.requests_per_minute, limits.tokens_per_minute, limits.tokens_per_day, limits.weight
    )
