"""Where am I signed in?"""

from dataclasses import dataclass

from ollamanet.application.identity.session_ports import Sessions
from ollamanet.application.identity.session_records import own_session
from ollamanet.application.kernel.actor import Actor
from ollamanet.application.kernel.clock import Clock
from ollamanet.application.kernel.page import Page, PageRequest
from ollamanet.domain.identity.session import Session


@dataclass(frozen=True, slots=True)
class ListSessions:
    """Asks for one page of the caller's sessions, the last used first."""

    actor: Actor
    page: PageRequest


@dataclass(frozen=True, slots=True)
class ListSessionsHandler:
    """Lists those that go on."""

    sessions: Sessions
    clock: Clock

    async def __call__(self, query: ListSessions) -> Page[Session]:
        """One page, empty past the end.

        Raises:
            Forbidden: the caller came with an API key.
        """
        own_session(query.actor)
        return await self.sessions.list_live(query.actor.user_id, query.page, at=self.clock.now())
