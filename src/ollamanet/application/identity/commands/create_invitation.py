"""Somebody is invited to make an account."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import timedelta

from ollamanet.application.identity.administration import means_of
from ollamanet.application.identity.ports import Roles
from ollamanet.application.identity.secret_tokens import Secrets, token_digest
from ollamanet.application.identity.sign_up_ports import InvitationMail, Invitations
from ollamanet.application.kernel.actor import Actor
from ollamanet.application.kernel.audit import HERE, OPERATOR, Agent, AuditEntry, Origin
from ollamanet.application.kernel.clock import Clock, Ids
from ollamanet.domain.identity.granting import known_roles
from ollamanet.domain.identity.invitation import DAYS, USUAL_DAYS, Invitation, InvitationId
from ollamanet.domain.identity.names import Email
from ollamanet.domain.identity.user import RegistrationPolicy, Role
from ollamanet.domain.kernel.errors import InvalidRequest
from ollamanet.domain.kernel.permissions import Permission


@dataclass(frozen=True, slots=True)
class CreateInvitation:
    """Whom to invite, unchecked.

    Attributes:
        actor: who invites; None for the command line.
        email: the only address that may use it; None for any.
        days: until it expires, 1 to 365.
    """

    actor: Actor | None
    email: str | None = None
    roles: Collection[str] = (Role.USER.value,)
    days: int = USUAL_DAYS
    origin: Origin = HERE


@dataclass(frozen=True, slots=True)
class Invited:
    """An invitation with its token, which nobody can be shown again.

    Attributes:
        mailed: whether it is on its way to the address that it is bound to.
    """

    invitation: Invitation
    token: str = field(repr=False)
    mailed: bool = False


@dataclass(frozen=True, slots=True)
class CreateInvitationHandler:
    """Makes invitations that give no more than the inviter has; mails them where there is mail."""

    policy: RegistrationPolicy
    invitations: Invitations
    roles: Roles
    secrets: Secrets
    clock: Clock
    ids: Ids
    mail: InvitationMail | None = None

    async def __call__(self, command: CreateInvitation) -> Invited:
        """Invite.

        Raises:
            Forbidden: the actor may not, or not with these roles.
            RegistrationClosed: the policy is `closed`.
            InvalidRequest: the address, a role or the number of days is not what it should be.
        """
        means_of(command.actor).require(Permission.USERS_WRITE)
        self.policy.require_invitations()
        invitation = await self._drawn_up(command)
        token = self.secrets.new()
        entry = _created(invitation, command)
        await self.invitations.add(invitation, token_hash=token_digest(token), audit=[entry])
        mailed = False
        if self.mail is not None and invitation.email is not None:
            mailed = await self.mail.send_invitation(invitation, token)
        return Invited(invitation, token, mailed)

    async def _drawn_up(self, command: CreateInvitation) -> Invitation:
        least, most = DAYS
        if not least <= command.days <= most:
            raise InvalidRequest(f"days: expected {least} to {most}")
        now, book = self.clock.now(), await self.roles.book()
        roles = known_roles(command.roles, book)
        means_of(command.actor).require_may_grant(roles, book)
        return Invitation(
            id=InvitationId(self.ids.new()),
            email=None if command.email is None else Email.parse(command.email),
            roles=roles,
            created_by=None if command.actor is None else command.actor.user_id,
            created_at=now,
            expires_at=now + timedelta(days=command.days),
        )


def _created(invitation: Invitation, command: CreateInvitation) -> AuditEntry:
    email = None if invitation.email is None else str(invitation.email)
    return AuditEntry(
        action="invitation.created",
        by=OPERATOR if command.actor is None else Agent.of(command.actor),
        origin=command.origin,
        at=invitation.created_at,
        target=f"invitation:{invitation.id}",
        target_name=email or "",
        after={"email": email, "roles": sorted(invitation.roles), "expires_at": invitation.expires_at.isoformat()},
    )
