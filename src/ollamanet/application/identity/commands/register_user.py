"""Somebody makes an account of his own."""

from dataclasses import dataclass, field

from ollamanet.application.identity.accounts import Draft, NewAccounts, SignedIn
from ollamanet.application.identity.secret_tokens import token_digest
from ollamanet.application.identity.session_opener import SessionOpener
from ollamanet.application.identity.sign_up_ports import Invitations
from ollamanet.application.kernel.audit import HERE, Agent, AuditEntry, Origin
from ollamanet.domain.identity.errors import InvitationUnusable
from ollamanet.domain.identity.invitation import Invitation
from ollamanet.domain.identity.names import Email, Username
from ollamanet.domain.identity.reserved_names import require_unreserved
from ollamanet.domain.identity.user import RegistrationPolicy, Role


@dataclass(frozen=True, slots=True)
class RegisterUser:
    """What was typed into the form, unchecked.

    Attributes:
        invitation: the token of an invitation; None for who comes uninvited.
    """

    email: str
    username: str
    password: str = field(repr=False)
    invitation: str | None = field(default=None, repr=False)
    origin: Origin = HERE


@dataclass(frozen=True, slots=True)
class RegisterUserHandler:
    """Makes the account and signs it in: with the roles of the invitation, without one with the role `User`."""

    policy: RegistrationPolicy
    accounts: NewAccounts
    invitations: Invitations
    sessions: SessionOpener

    async def __call__(self, command: RegisterUser) -> SignedIn:
        """Make the account.

        Raises:
            RegistrationClosed: the policy lets nobody in this way.
            InvitationUnusable: the invitation is not known, or not open any more.
            InvalidRequest: a field is not what its rule says.
            EmailTaken: another account has the address.
            UsernameTaken: another account has the user name.
        """
        email = Email.parse(command.email)
        invitation = await self._invitation(command, email)
        username = Username.parse(command.username)
        require_unreserved(username)
        roles = invitation.roles if invitation else {Role.USER.value}
        draft = await self.accounts.draft(email=email, username=username, password=command.password, roles=roles)
        entry = _registered(draft, invitation, command.origin)
        if invitation is not None and command.invitation is not None:
            digest = token_digest(command.invitation)
            await self.invitations.accept(digest, draft.user, password_hash=draft.password_hash, audit=[entry])
        else:
            await self.accounts.users.add(draft.user, password_hash=draft.password_hash, audit=[entry])
        return await self.sessions.open(draft.user, command.origin)

    async def _invitation(self, command: RegisterUser, email: Email) -> Invitation | None:
        """What somebody was invited with; looked at before the costly hash, and decided when the account is stored."""
        if command.invitation is None:
            self.policy.require_open()
            return None
        self.policy.require_invitations()
        found = await self.invitations.find(token_digest(command.invitation))
        if found is None:
            raise InvitationUnusable
        found.require_usable(email, self.accounts.clock.now())
        return found


def _registered(draft: Draft, invitation: Invitation | None, origin: Origin) -> AuditEntry:
    user = draft.user
    invited = {} if invitation is None else {"invitation": str(invitation.id)}
    return AuditEntry(
        action="user.registered",
        by=Agent(user.id, str(user.username)),
        origin=origin,
        at=user.created_at,
        target=f"user:{user.id}",
        target_name=str(user.username),
        after={"email": str(user.email), "roles": sorted(user.roles), **invited},
    )
