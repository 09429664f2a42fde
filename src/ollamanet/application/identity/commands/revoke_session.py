"""Somebody ends one of his sessions: a device that he lost, or does not know."""

from dataclasses import dataclass

from ollamanet.application.identity.session_ports import Sessions
from ollamanet.application.identity.session_records import ended_entry, own_session
from ollamanet.application.identity.session_revocation import SessionRevocation
from ollamanet.application.kernel.actor import Actor
from ollamanet.application.kernel.audit import Agent, Origin
from ollamanet.application.kernel.clock import Clock
from ollamanet.domain.kernel.errors import NotFound
from ollamanet.domain.kernel.ids import SessionId


@dataclass(frozen=True, slots=True)
class RevokeSession:
    """Which one; it may be the caller's present one."""

    actor: Actor
    session: SessionId
    origin: Origin


@dataclass(frozen=True, slots=True)
class RevokeSessionHandler:
    """Ends it, if it is the caller's."""

    sessions: Sessions
    revocation: SessionRevocation
    clock: Clock

    async def __call__(self, command: RevokeSession) -> None:
        """End it.

        Raises:
            NotFound: there is none such that goes on, or it is somebody else's.
            Forbidden: the caller came with an API key.
        """
        own_session(command.actor)
        owner = await self.sessions.find(command.session)
        if owner is None or owner.user.id != command.actor.user_id:
            raise NotFound("there is no such session")
        by, at = Agent.of(command.actor), self.clock.now()
        entry = ended_entry(owner, by, command.origin, at, because="revoked")
        live = owner.session.live(at)
        if not await self.revocation.revoke(owner.session, because="revoked", audit=[entry]) or not live:
            raise NotFound("there is no such session")
