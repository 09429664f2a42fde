"""Registration, invitations and the set-up of the first administrator, joined to their adapters."""

from dataclasses import dataclass

from ollamanet.application.identity.accounts import NewAccounts
from ollamanet.application.identity.commands.create_invitation import CreateInvitationHandler
from ollamanet.application.identity.commands.register_user import RegisterUserHandler
from ollamanet.application.identity.commands.revoke_invitation import RevokeInvitationHandler
from ollamanet.application.identity.commands.set_up_first_admin import SetUpFirstAdminHandler, WrongTries
from ollamanet.application.identity.ports import Roles
from ollamanet.application.identity.queries.find_setup_token import FindSetupTokenHandler
from ollamanet.application.identity.queries.list_invitations import ListInvitationsHandler
from ollamanet.application.identity.session_opener import SessionOpener
from ollamanet.bootstrap.storage import Storage
from ollamanet.domain.identity.user import RegistrationPolicy
from ollamanet.infrastructure.identity.derived_setup_token import DerivedSetupToken
from ollamanet.infrastructure.identity.random_secrets import RandomSecrets
from ollamanet.infrastructure.identity.sql_first_admins import SqlFirstAdmins
from ollamanet.infrastructure.identity.sql_invitations import SqlInvitations
from ollamanet.infrastructure.kernel.sql_audit_trail import SqlAuditTrail
from ollamanet.interfaces.identity.sign_up_routes import InvitationUseCases

_INVITATION_PREFIX = "oni_"


@dataclass(frozen=True, slots=True)
class SignUp:
    """The ways to an account."""

    register_user: RegisterUserHandler
    create_invitation: CreateInvitationHandler
    set_up: SetUpFirstAdminHandler
    find_setup_token: FindSetupTokenHandler
    invitations: InvitationUseCases


def wire_sign_up(
    storage: Storage,
    policy: RegistrationPolicy,
    accounts: NewAccounts,
    opener: SessionOpener,
    roles: Roles,
    key: bytes,
) -> SignUp:
    """Join them; `key` is the 32 secret bytes that sign access tokens."""
    clock, ids = accounts.clock, accounts.ids
    kept = SqlInvitations(storage.database, storage.writer)
    token, admins = DerivedSetupToken(key), SqlFirstAdmins(storage.database)
    create = CreateInvitationHandler(policy, kept, roles, RandomSecrets(_INVITATION_PREFIX), clock, ids)
    return SignUp(
        register_user=RegisterUserHandler(policy, accounts, kept, opener),
        create_invitation=create,
        set_up=SetUpFirstAdminHandler(
            token, WrongTries(clock), accounts, admins, opener, SqlAuditTrail(storage.writer)
        ),
        find_setup_token=FindSetupTokenHandler(token, admins),
        invitations=InvitationUseCases(
            create, RevokeInvitationHandler(kept, clock), ListInvitationsHandler(kept, clock)
        ),
    )
