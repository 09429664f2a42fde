"""Who was invited, and what became of it?"""

from dataclasses import dataclass

from ollamanet.application.identity.sign_up_ports import Invitations
from ollamanet.application.kernel.actor import Actor
from ollamanet.application.kernel.clock import Clock
from ollamanet.application.kernel.page import Page, PageRequest
from ollamanet.domain.identity.invitation import Invitation, InvitationState
from ollamanet.domain.kernel.permissions import Permission


@dataclass(frozen=True, slots=True)
class ListInvitations:
    """Asks for one page, the newest first."""

    actor: Actor
    page: PageRequest


@dataclass(frozen=True, slots=True)
class ListInvitationsHandler:
    """Lists invitations, those that are over too; never their tokens."""

    invitations: Invitations
    clock: Clock

    async def __call__(self, query: ListInvitations) -> Page[tuple[Invitation, InvitationState]]:
        """One page, each with its state at this moment.

        Raises:
            Forbidden: the actor may not see accounts.
        """
        query.actor.require(Permission.USERS_READ)
        found = await self.invitations.list_invitations(query.page)
        now = self.clock.now()
        items = [(each, each.state(now)) for each in found.items]
        return Page(items, found.page, found.page_size, found.total)
