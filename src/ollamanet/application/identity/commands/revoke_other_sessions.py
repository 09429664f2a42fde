"""Somebody ends all of his sessions but the one that he is in."""

from dataclasses import dataclass

from ollamanet.application.identity.session_records import own_session
from ollamanet.application.identity.session_revocation import SessionRevocation
from ollamanet.application.kernel.actor import Actor
from ollamanet.application.kernel.audit import Agent, AuditEntry, Origin
from ollamanet.application.kernel.clock import Clock


@dataclass(frozen=True, slots=True)
class RevokeOtherSessions:
    """Whose."""

    actor: Actor
    origin: Origin


@dataclass(frozen=True, slots=True)
class RevokeOtherSessionsHandler:
    """Ends them."""

    revocation: SessionRevocation
    clock: Clock

    async def __call__(self, command: RevokeOtherSessions) -> int:
        """End them; how many went on.

        Raises:
            Forbidden: the caller came with an API key.
        """
        actor, kept = command.actor, own_session(command.actor)
        entry = AuditEntry(
            "sessions.revoked",
            Agent.of(actor),
            command.origin,
            self.clock.now(),
            target=f"user:{actor.user_id}",
            target_name=actor.name,
            after={"kept": str(kept)},
        )
        return await self.revocation.revoke_all(actor.user_id, because="revoked", except_session=kept, audit=[entry])
