"""Somebody ends the session that he is in."""

from dataclasses import dataclass, field

from ollamanet.application.identity.session_ports import SessionOwner, Sessions
from ollamanet.application.identity.session_records import ended_entry, own_session
from ollamanet.application.identity.session_revocation import SessionRevocation
from ollamanet.application.kernel.actor import Actor
from ollamanet.application.kernel.audit import Agent, Origin
from ollamanet.application.kernel.clock import Clock
from ollamanet.domain.identity.refresh_token import RefreshToken


@dataclass(frozen=True, slots=True)
class SignOut:
    """Which session it is.

    Attributes:
        by: the caller, or a refresh token of the session, unchecked.
    """

    by: Actor | RefreshToken = field(repr=False)
    origin: Origin


@dataclass(frozen=True, slots=True)
class SignOutHandler:
    """Ends it; what is over already, or was never there, is no error."""

    sessions: Sessions
    revocation: SessionRevocation
    clock: Clock

    async def __call__(self, command: SignOut) -> None:
        """Sign out.

        Raises:
            Forbidden: the caller has no session, but an API key.
        """
        if (owner := await self._found(command.by)) is None:
            return
        by = Agent(owner.user.id, str(owner.user.username))
        entry = ended_entry(owner, by, command.origin, self.clock.now(), because="signed_out")
        await self.revocation.revoke(owner.session, because="signed_out", audit=[entry])

    async def _found(self, by: Actor | RefreshToken) -> SessionOwner | None:
        if isinstance(by, Actor):
            return await self.sessions.find(own_session(by))
        return await self.sessions.find_by_token(by.digest)
