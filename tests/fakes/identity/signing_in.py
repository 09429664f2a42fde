"""Everything that sessions are made of, over fakes."""

from dataclasses import dataclass, field
from datetime import timedelta

from tests.fakes.identity.fixed_time import CountedIds, FixedClock
from tests.fakes.identity.forgetting import Forgetting
from tests.fakes.identity.memory_roles import MemoryRoles
from tests.fakes.identity.memory_sessions import MemorySessions
from tests.fakes.identity.memory_users import MemoryUsers
from tests.fakes.identity.numbered_tokens import NumberedSecrets, NumberedTokens
from tests.fakes.identity.people import ADA, BOB

from ollamanet.application.identity.access_token_callers import AccessTokenCallers
from ollamanet.application.identity.accounts import SignedIn
from ollamanet.application.identity.commands.refresh_session import RefreshSession, RefreshSessionHandler
from ollamanet.application.identity.ports import Credentials
from ollamanet.application.identity.session_opener import SessionOpener
from ollamanet.application.identity.session_revocation import SessionRevocation
from ollamanet.application.kernel.actor import Actor
from ollamanet.application.kernel.audit import Origin
from ollamanet.domain.identity.user import User

LAPTOP = Origin("192.0.2.1", "a browser", "request-1")
PHONE = Origin("192.0.2.2", "a phone", "request-2")
LIFETIME = timedelta(days=30)


@dataclass
class SigningIn:
    """Ada and Bob, and a way to sign them in."""

    users: MemoryUsers = field(default_factory=lambda: MemoryUsers(Credentials(ADA, "1"), Credentials(BOB, "2")))
    clock: FixedClock = field(default_factory=FixedClock)

    def __post_init__(self) -> None:
        self.sessions, self.tokens, self.cache = MemorySessions(self.users), NumberedTokens(), Forgetting()
        self.secrets = NumberedSecrets()
        self.opener = SessionOpener(self.sessions, self.tokens, self.secrets, self.clock, CountedIds(), LIFETIME)
        self.revocation = SessionRevocation(self.sessions, self.cache, self.clock)
        self.callers = AccessTokenCallers(self.tokens, self.sessions, MemoryRoles(), self.clock)

    async def open(self, user: User = ADA, origin: Origin = LAPTOP) -> SignedIn:
        return await self.opener.open(user, origin)

    async def refresh(self, token: str, origin: Origin = LAPTOP) -> SignedIn:
        return await RefreshSessionHandler(self.opener, self.revocation)(RefreshSession(token, origin))

    async def actor(self, signed_in: SignedIn) -> Actor:
        return (await self.callers.identify(signed_in.token.text)).actor
