"""Use cases of API keys over fakes, and three people with accounts."""

from datetime import timedelta

from tests.fakes.identity.fixed_time import NOON, CountedIds, FixedClock
from tests.fakes.identity.forgetting import Forgetting
from tests.fakes.identity.memory_api_keys import FixedRoles, MemoryApiKeys
from tests.fakes.identity.memory_users import MemoryUsers
from tests.fakes.identity.people import ADA, BOB, person

from ollamanet.application.identity.commands.change_api_key import ChangeApiKeyHandler
from ollamanet.application.identity.commands.create_api_key import (
    CreateApiKey,
    CreateApiKeyForHandler,
    CreateApiKeyHandler,
)
from ollamanet.application.identity.commands.revoke_api_key import RevokeApiKeyHandler
from ollamanet.application.identity.key_records import KeyAuthority, KeyWish
from ollamanet.application.identity.new_keys import CreatedKey, NewKeys
from ollamanet.application.identity.ports import Credentials
from ollamanet.application.identity.queries.list_api_keys import ListApiKeys, ListApiKeysHandler
from ollamanet.application.kernel.actor import Actor
from ollamanet.application.kernel.audit import HERE
from ollamanet.application.kernel.page import PageRequest
from ollamanet.domain.identity.user import Role
from ollamanet.domain.kernel.ids import UserId
from ollamanet.domain.kernel.permissions import ALL, OF_USERS

CHIEF = person("chief", number=1, role=Role.ADMIN)
OF_ADA = Actor(ADA.id, ADA.roles, permissions=OF_USERS, name="ada")
OF_BOB = Actor(BOB.id, BOB.roles, permissions=OF_USERS, name="bob")
OF_CHIEF = Actor(CHIEF.id, CHIEF.roles, permissions=ALL, name="chief")
WISH = KeyWish("report")
LATER = NOON + timedelta(days=1)


class Office:
    def __init__(self) -> None:
        self.clock = FixedClock()
        self.users = MemoryUsers(*(Credentials(user, "") for user in (ADA, BOB, CHIEF)))
        self.keys = MemoryApiKeys(self.users)
        self.callers = Forgetting()
        authority, made = (
            KeyAuthority(self.users, FixedRoles()),
            NewKeys(self.keys, self.clock, CountedIds(), self.random),
        )
        self.create = CreateApiKeyHandler(made)
        self.create_for = CreateApiKeyForHandler(made, self.users, FixedRoles())
        self.change = ChangeApiKeyHandler(self.keys, self.callers, self.clock)
        self.revoke = RevokeApiKeyHandler(self.keys, authority, self.callers, self.clock)
        self.list = ListApiKeysHandler(self.keys, authority)
        self.asked_random = 0

    def random(self, size: int) -> bytes:
        self.asked_random += 1
        return self.asked_random.to_bytes(size)

    async def made(self, wish: KeyWish = WISH, actor: Actor = OF_ADA) -> CreatedKey:
        return await self.create(CreateApiKey(actor, wish, HERE))

    async def names(self, actor: Actor | None, owner: UserId) -> list[str]:
        return [str(key.name) for key in (await self.list(ListApiKeys(actor, owner, PageRequest()))).items]
