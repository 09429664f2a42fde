"""Sessions, their tokens, and who verifies them, joined to their adapters."""

from dataclasses import dataclass
from datetime import timedelta

from ollamanet.application.identity.access_token_callers import AccessTokenCallers
from ollamanet.application.identity.commands.refresh_session import RefreshSessionHandler
from ollamanet.application.identity.commands.revoke_other_sessions import RevokeOtherSessionsHandler
from ollamanet.application.identity.commands.revoke_session import RevokeSessionHandler
from ollamanet.application.identity.commands.sign_out import SignOutHandler
from ollamanet.application.identity.ports import CallerSource, Roles
from ollamanet.application.identity.queries.list_sessions import ListSessionsHandler
from ollamanet.application.identity.session_opener import SessionOpener
from ollamanet.application.identity.session_revocation import SessionRevocation
from ollamanet.application.kernel.clock import Clock, Ids
from ollamanet.bootstrap.settings import Settings
from ollamanet.bootstrap.storage import Storage
from ollamanet.infrastructure.identity.callers import Callers
from ollamanet.infrastructure.identity.jwt_access_tokens import JwtAccessTokens
from ollamanet.infrastructure.identity.random_secrets import RandomSecrets
from ollamanet.infrastructure.identity.signing_keys import (
    FolderKeys,
    GivenKeys,
    KeySource,
    SigningKeys,
    UnusableSigningKey,
)
from ollamanet.infrastructure.identity.sql_sessions import SqlSessions
from ollamanet.interfaces.identity.refresh_cookie import RefreshCookies
from ollamanet.interfaces.identity.session_routes import SessionUseCases


@dataclass(frozen=True, slots=True)
class SignedInPeople:
    """What opens sessions, what ends them, and what tells who asks."""

    opener: SessionOpener
    revocation: SessionRevocation
    callers: Callers
    keys: KeySource
    use_cases: SessionUseCases
    cookies: RefreshCookies


def wire_sessions(
    settings: Settings, storage: Storage, roles: Roles, clock: Clock, ids: Ids, api_keys: CallerSource | None = None
) -> SignedInPeople:
    """Join them.

    Raises:
        UnusableSigningKey: the key cannot be used; the message says why.
    """
    identity, server = settings.identity, settings.server
    lifetime = timedelta(seconds=identity.refresh_token_s)
    keys = _keys(settings, clock)
    tokens = JwtAccessTokens(keys, clock, ids, lifetime=identity.access_token_s)
    sessions = SqlSessions(storage.database, storage.writer, lifetime)
    callers = Callers(AccessTokenCallers(tokens, sessions, roles, clock), clock, api_keys)
    opener = SessionOpener(sessions, tokens, RandomSecrets(), clock, ids, lifetime)
    revocation = SessionRevocation(sessions, callers, clock)
    use_cases = SessionUseCases(
        refresh=RefreshSessionHandler(opener, revocation),
        sign_out=SignOutHandler(sessions, revocation, clock),
        list_sessions=ListSessionsHandler(sessions, clock),
        revoke=RevokeSessionHandler(sessions, revocation, clock),
        revoke_others=RevokeOtherSessionsHandler(revocation, clock),
    )
    cookies = RefreshCookies(secure=server.environment == "production", origins=server.cors_origins)
    return SignedInPeople(opener, revocation, callers, keys, use_cases, cookies)


def _keys(settings: Settings, clock: Clock) -> KeySource:
    given, previous = settings.identity.signing_key, settings.identity.previous_signing_key
    if given is None:
        if previous is not None:
            raise UnusableSigningKey("OLLAMANET_PREVIOUS_SIGNING_KEY is of use beside OLLAMANET_SIGNING_KEY only")
        return FolderKeys.open(settings.server.data_dir, clock, token_life=settings.identity.access_token_s)
    return GivenKeys(SigningKeys.of(*(key.encode() for key in (given, previous) if key is not None)))
