"""The `users` commands over an account store in memory; as a program, they are run on a terminal by a test."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.fakes.identity.admin_desk import AdminDesk
from tests.fakes.identity.counted_secrets import CountedSecrets
from tests.fakes.identity.fixed_time import CountedIds, FixedClock
from tests.fakes.identity.memory_invitations import MemoryFirstAdmins, MemoryInvitations
from tests.fakes.identity.memory_roles import MemoryRoles

from ollamanet.application.identity.commands.create_invitation import CreateInvitationHandler
from ollamanet.application.identity.queries.find_setup_token import FindSetupTokenHandler
from ollamanet.domain.identity.user import RegistrationPolicy
from ollamanet.infrastructure.identity.derived_setup_token import DerivedSetupToken
from ollamanet.interfaces.identity.cli import users


class MemoryIdentity:
    """Both the context of the commands and the use cases that it opens."""

    def __init__(self) -> None:
        self.desk = AdminDesk()
        self.users, self.user_admin = self.desk.users, self.desk.cases
        clock, ids = FixedClock(), CountedIds()
        self.invitations = MemoryInvitations(self.users)
        self.create_invitation = CreateInvitationHandler(
            RegistrationPolicy.INVITE, self.invitations, MemoryRoles(), CountedSecrets(), clock, ids
        )
        self.find_setup_token = FindSetupTokenHandler(DerivedSetupToken(b"k" * 32), MemoryFirstAdmins(self.users))
        self.opened = self.closed = 0

    @asynccontextmanager
    async def identity(self) -> AsyncIterator["MemoryIdentity"]:
        self.opened += 1
        try:
            yield self
        finally:
            self.closed += 1


if __name__ == "__main__":
    users(obj=MemoryIdentity())
