"""Ends sessions, in the store and in what this process remembers."""

from collections.abc import Sequence
from dataclasses import dataclass

from ollamanet.application.identity.ports import CallerCache
from ollamanet.application.identity.session_ports import Sessions
from ollamanet.application.kernel.audit import AuditEntry
from ollamanet.application.kernel.clock import Clock
from ollamanet.domain.identity.session import Session
from ollamanet.domain.kernel.ids import SessionId, UserId


@dataclass(frozen=True, slots=True)
class SessionRevocation:
    """Takes effect at once here, and within 5 s on other instances."""

    sessions: Sessions
    callers: CallerCache
    clock: Clock

    async def revoke(self, session: Session, *, because: str, audit: Sequence[AuditEntry] = ()) -> bool:
        """End one session; whether it went on. Without effect nothing is recorded."""
        at = self.clock.now()
        done = await self.sessions.revoke(session.id, of=session.user_id, at=at, because=because, audit=audit)
        self.callers.forget(session.user_id)
        return done

    async def revoke_all(
        self,
        user_id: UserId,
        *,
        because: str,
        except_session: SessionId | None = None,
        audit: Sequence[AuditEntry] = (),
    ) -> int:
        """End all sessions of an account but one; the entries are recorded in any case.

        Args:
            because: a few words for the record, at most 32 characters: `password_changed`, `locked`.

        Returns:
            How many went on before.
        """
        ended = await self.sessions.revoke_all(
            user_id, at=self.clock.now(), because=because, except_session=except_session, audit=audit
        )
        self.callers.forget(user_id)
        return ended
