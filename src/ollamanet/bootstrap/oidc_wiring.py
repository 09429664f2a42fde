"""Signing in with an external provider, joined to its adapters."""

from ollamanet.application.identity.commands.begin_external_sign_in import BeginExternalSignInHandler
from ollamanet.application.identity.commands.finish_external_sign_in import FinishExternalSignInHandler
from ollamanet.application.identity.external_accounts import ExternalAccounts
from ollamanet.application.identity.ports import PasswordHasher, Users
from ollamanet.bootstrap.sessions_wiring import SignedInPeople
from ollamanet.bootstrap.settings import Settings
from ollamanet.bootstrap.storage import Storage
from ollamanet.domain.identity.external_person import ExternalRegistration, RoleMap
from ollamanet.infrastructure.identity.flow_cookies import SignedFlows
from ollamanet.infrastructure.identity.oidc_provider import OidcClient, OidcProvider
from ollamanet.infrastructure.identity.random_secrets import RandomSecrets
from ollamanet.infrastructure.identity.sql_external_identities import SqlExternalIdentities
from ollamanet.infrastructure.kernel.sql_audit_trail import SqlAuditTrail
from ollamanet.infrastructure.kernel.system_clock import SystemClock, UuidV7Ids
from ollamanet.interfaces.identity.external_routes import PATH, ExternalSignIn


def wire_oidc(
    settings: Settings,
    storage: Storage,
    users: Users,
    hasher: PasswordHasher,
    signing: SignedInPeople,
) -> ExternalSignIn | None:
    """Join it; None where no provider is configured."""
    client = _client(settings)
    if client is None:
        return None
    clock, secrets, oidc = SystemClock(), RandomSecrets(), settings.oidc
    provider = OidcProvider(client, clock)
    given = oidc.registration or ("allowed" if settings.identity.registration == "open" else "linked-only")
    accounts = ExternalAccounts(
        identities=SqlExternalIdentities(storage.database, storage.writer),
        users=users,
        hasher=hasher,
        secrets=secrets,
        clock=clock,
        ids=UuidV7Ids(),
        registration=ExternalRegistration(given),
        role_map=RoleMap(oidc.roles()),
    )
    return ExternalSignIn(
        begin=BeginExternalSignInHandler(provider, secrets, clock),
        finish=FinishExternalSignInHandler(provider, accounts, signing.opener, SqlAuditTrail(storage.writer), clock),
        seal=SignedFlows(signing.keys.now),
        secure=client.redirect_uri.startswith("https://"),
        session_cookie=lambda signed_in, request: signing.cookies.holding(signed_in.refresh, request),
    )


def _client(settings: Settings) -> OidcClient | None:
    oidc, public_url = settings.oidc, settings.mail.public_url
    # The settings are refused where one of the three is missing beside another.
    if oidc.issuer is None or oidc.client_id is None or public_url is None:
        return None
    return OidcClient(
        issuer=oidc.issuer,
        client_id=oidc.client_id,
        redirect_uri=f"{public_url}{PATH}/callback",
        secret=oidc.client_secret,
        scopes=oidc.scopes,
        role_claim=oidc.role_claim,
    )
