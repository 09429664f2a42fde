"""Opens a session for somebody who has just shown who he is, whichever way."""

from dataclasses import dataclass
from datetime import timedelta

from ollamanet.application.identity.accounts import RefreshGrant, SignedIn
from ollamanet.application.identity.ports import AccessTokens
from ollamanet.application.identity.secret_tokens import Secrets
from ollamanet.application.identity.session_ports import Sessions
from ollamanet.application.kernel.audit import Agent, AuditEntry, Origin
from ollamanet.application.kernel.clock import Clock, Ids
from ollamanet.domain.identity.refresh_token import RefreshToken
from ollamanet.domain.identity.session import Session
from ollamanet.domain.identity.user import User
from ollamanet.domain.kernel.ids import SessionId


@dataclass(frozen=True, slots=True)
class SessionOpener:
    """Makes a new session each time, so that nobody can have somebody else sign in to a session that he knows.

    Attributes:
        lifetime: of a refresh token.
    """

    sessions: Sessions
    tokens: AccessTokens
    secrets: Secrets
    clock: Clock
    ids: Ids
    lifetime: timedelta = timedelta(days=30)

    async def open(self, user: User, origin: Origin) -> SignedIn:
        """Sign in an account; recorded as `session.opened`.

        Args:
            user: as it was when its owner showed that it is his.

        Raises:
            WrongCredentials: its password was changed since then, or it is gone.
            AccountDisabled: it may not be used any more.
        """
        now, secret = self.clock.now(), RefreshToken(self.secrets.new())
        session = Session(
            id=SessionId(self.ids.new()),
            user_id=user.id,
            created_at=now,
            last_used_at=now,
            expires_at=now + self.lifetime,
            address=origin.address,
            device=origin.device,
        )
        entry = AuditEntry(
            "session.opened",
            Agent(user.id, str(user.username)),
            origin,
            now,
            target=f"user:{user.id}",
            target_name=str(user.username),
            after={"session": str(session.id)},
        )
        await self.sessions.open(session, of=user, digest=secret.digest, audit=[entry])
        return self.signed_in(user, session.id, secret)

    def signed_in(self, user: User, session: SessionId, secret: RefreshToken) -> SignedIn:
        """What somebody gets who has this session and this refresh token."""
        grant = RefreshGrant(secret.text, int(self.lifetime.total_seconds()))
        return SignedIn(user, self.tokens.issue(user, session), grant)
