"""Who an access token stands for, by what is stored of him now."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from ollamanet.application.identity.ports import AccessTokens, Identified, Roles
from ollamanet.application.identity.session_ports import SessionOwner, Sessions
from ollamanet.application.kernel.actor import Actor
from ollamanet.application.kernel.clock import Clock
from ollamanet.domain.kernel.errors import Unauthenticated

USE_NOTED_EVERY: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class AccessTokenCallers:
    """A `CallerSource` for access tokens: one read tells of session, account and roles."""

    tokens: AccessTokens
    sessions: Sessions
    roles: Roles
    clock: Clock

    async def identify(self, token: str) -> Identified:
        """The token's owner, with what he may do at this moment.

        Raises:
            TokenExpired: it was good, and its time is over.
            Unauthenticated: it is none of ours, its session is over, or its account may not be used.
        """
        claims = self.tokens.read(token)
        found = await self.sessions.find(claims.session)
        now = self.clock.now()
        if found is None or found.user.id != claims.user_id or not found.session.live(now):
            raise Unauthenticated("the session of this token is over; sign in again")
        if not found.user.usable:
            raise Unauthenticated("the account of this token is gone or disabled")
        if now - found.session.last_used_at >= USE_NOTED_EVERY:
            self.sessions.note_use(claims.session, at=now)
        return Identified(await self._actor(found), claims.expires_in)

    async def _actor(self, found: SessionOwner) -> Actor:
        user = found.user
        standing = (await self.roles.book()).standing(user.roles, user.limits)
        return Actor(
            user.id,
            user.roles,
            permissions=standing.permissions,
            session=found.session.id,
            name=str(user.username),
            limits=standing.limits,
            own_limits=user.limits,
        )
