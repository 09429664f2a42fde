"""Somebody exchanges his refresh token for the next one and an access token."""

from dataclasses import dataclass, field

from ollamanet.application.identity.accounts import SignedIn
from ollamanet.application.identity.session_opener import SessionOpener
from ollamanet.application.identity.session_ports import Exchange, SessionOwner
from ollamanet.application.identity.session_records import ended_entry
from ollamanet.application.identity.session_revocation import SessionRevocation
from ollamanet.application.kernel.audit import Agent, Origin
from ollamanet.domain.identity.errors import TokenReused
from ollamanet.domain.identity.refresh_token import RefreshToken
from ollamanet.domain.identity.session import TokenFate
from ollamanet.domain.kernel.errors import Unauthenticated


@dataclass(frozen=True, slots=True)
class RefreshSession:
    """The token that is shown, unchecked."""

    refresh_token: str = field(repr=False)
    origin: Origin


@dataclass(frozen=True, slots=True)
class RefreshSessionHandler:
    """Each token is good once; one that comes back ends its session, as it may be in two hands."""

    opener: SessionOpener
    revocation: SessionRevocation

    async def __call__(self, command: RefreshSession) -> SignedIn:
        """Exchange it.

        Raises:
            Unauthenticated: the token is unknown, or its session, its account or its time is over.
            TokenReused: it was exchanged more than 5 s ago; the session is over now.
        """
        shown, successor = RefreshToken.parse(command.refresh_token), RefreshToken(self.opener.secrets.new())
        exchanged = await self.opener.sessions.exchange(
            Exchange(
                digest=shown.digest,
                successor=successor.digest,
                at=self.opener.clock.now(),
                lifetime=self.opener.lifetime,
                address=command.origin.address,
            )
        )
        if exchanged is None:
            raise Unauthenticated("the refresh token is not valid")
        if exchanged.fate is TokenFate.REUSED:
            await self._end(exchanged.owner, command.origin)
            raise TokenReused
        if exchanged.fate is TokenFate.ENDED:
            raise Unauthenticated("the session of this refresh token is over; sign in again")
        owner = exchanged.owner
        return self.opener.signed_in(owner.user, owner.session.id, successor)

    async def _end(self, owner: SessionOwner, origin: Origin) -> None:
        # In a transaction of its own: a trail that is appended to comes before the rows of sessions, everywhere.
        nobody = Agent(None, str(owner.user.username))
        entry = ended_entry(owner, nobody, origin, self.opener.clock.now(), because="token_reused")
        await self.revocation.revoke(owner.session, because="token_reused", audit=[entry])
