"""Signing in with a provider, over fakes."""

from tests.fakes.identity.fixed_time import CountedIds, FixedClock
from tests.fakes.identity.memory_external_identities import MemoryExternalIdentities
from tests.fakes.identity.memory_users import MemoryUsers
from tests.fakes.identity.numbered_tokens import NumberedSecrets
from tests.fakes.identity.plain_hasher import PlainHasher
from tests.fakes.identity.scripted_provider import ScriptedProvider
from tests.fakes.identity.signing_in import SigningIn
from tests.fakes.kernel.memory_trail import MemoryTrail

from ollamanet.application.identity.accounts import SignedIn
from ollamanet.application.identity.commands.begin_external_sign_in import (
    BeginExternalSignIn,
    BeginExternalSignInHandler,
)
from ollamanet.application.identity.commands.finish_external_sign_in import (
    FinishExternalSignIn,
    FinishExternalSignInHandler,
)
from ollamanet.application.identity.external_accounts import ExternalAccounts
from ollamanet.application.kernel.audit import AuditEntry, Origin
from ollamanet.domain.identity.external_person import ExternalPerson, ExternalRegistration, RoleMap
from ollamanet.domain.identity.user import User

FROM = Origin("192.0.2.7", "a browser", "request-0001")
ALAN = ExternalPerson(
    ScriptedProvider.issuer, "alan", "alan@example.org", email_verified=True, username="alan", groups=frozenset()
)


class ExternalDesk:
    """Every part of it, with Ada and Bob, who have accounts already."""

    def __init__(
        self, registration: ExternalRegistration = ExternalRegistration.ALLOWED, *, users: MemoryUsers | None = None
    ) -> None:
        self.people = SigningIn() if users is None else SigningIn(users)
        self.users: MemoryUsers = self.people.users
        self.identities = MemoryExternalIdentities(self.users)
        self.provider, self.trail, self.hasher = ScriptedProvider(), MemoryTrail(), PlainHasher()
        self.clock, secrets = FixedClock(), NumberedSecrets()
        self.accounts = ExternalAccounts(
            self.identities, self.users, self.hasher, secrets, self.clock, CountedIds(), registration,
            RoleMap({"ops": "Admin", "labs": "Researcher"}),
        )  # fmt: skip
        self.begin = BeginExternalSignInHandler(self.provider, secrets, self.clock)
        self.finish = FinishExternalSignInHandler(
            self.provider, self.accounts, self.people.opener, self.trail, self.clock
        )

    async def sign_in(self, person: ExternalPerson = ALAN) -> SignedIn:
        _, flow = await self.begin(BeginExternalSignIn())
        return await self.finish(FinishExternalSignIn(flow, FROM, flow.state, self.provider.code(person)))

    def entries(self) -> list[AuditEntry]:
        """What was said about accounts."""
        return [entry for entry in self.users.trail if entry.action != "session.opened"]

    def stored(self, user: User) -> User:
        return self.users.stored[user.id].user
