"""An invitation is taken back."""

from dataclasses import dataclass

from ollamanet.application.identity.sign_up_ports import Invitations
from ollamanet.application.kernel.actor import Actor
from ollamanet.application.kernel.audit import HERE, Agent, AuditEntry, Origin
from ollamanet.application.kernel.clock import Clock
from ollamanet.domain.identity.invitation import InvitationId
from ollamanet.domain.kernel.errors import Conflict, NotFound
from ollamanet.domain.kernel.permissions import Permission


@dataclass(frozen=True, slots=True)
class RevokeInvitation:
    """Which one, and who wants it."""

    actor: Actor
    invitation_id: InvitationId
    origin: Origin = HERE


@dataclass(frozen=True, slots=True)
class RevokeInvitationHandler:
    """Takes invitations back; twice is as good as once."""

    invitations: Invitations
    clock: Clock

    async def __call__(self, command: RevokeInvitation) -> None:
        """Make it useless.

        Raises:
            Forbidden: the actor may not.
            NotFound: there is no such invitation.
            Conflict: somebody has used it; his account is what can be locked now.
        """
        command.actor.require(Permission.USERS_WRITE)
        entry = self._revoked(command)
        if await self.invitations.revoke(command.invitation_id, at=entry.at, audit=[entry]):
            return
        found = await self.invitations.get(command.invitation_id)
        if found is None:
            raise NotFound("there is no such invitation")
        if found.used_at is not None:
            raise Conflict("the invitation was used")

    def _revoked(self, command: RevokeInvitation) -> AuditEntry:
        return AuditEntry(
            action="invitation.revoked",
            by=Agent.of(command.actor),
            origin=command.origin,
            at=self.clock.now(),
            target=f"invitation:{command.invitation_id}",
        )
