"""Who an API key stands for, as it is at the moment."""

from dataclasses import replace
from datetime import timedelta
from math import inf
from uuid import UUID

import pytest
from tests.fakes.identity.fixed_time import NOON, FixedClock
from tests.fakes.identity.memory_api_keys import FixedRoles, HeardUses, MemoryApiKeys
from tests.fakes.identity.memory_users import MemoryUsers
from tests.fakes.identity.people import ADA

from ollamanet.application.identity.key_callers import KeyCallers
from ollamanet.application.identity.ports import Credentials, Identified
from ollamanet.application.kernel.actor import Actor
from ollamanet.domain.identity.api_key import ApiKey, ApiKeyId, KeyName
from ollamanet.domain.identity.errors import TokenExpired
from ollamanet.domain.identity.key_text import hash_of_key, key_text
from ollamanet.domain.identity.roles import RoleDefinition
from ollamanet.domain.identity.user import User, UserStatus
from ollamanet.domain.kernel.caller_limits import CallerLimits
from ollamanet.domain.kernel.errors import Unauthenticated
from ollamanet.domain.kernel.permissions import Permission

TEXT = key_text(bytes(range(32)))
KEY = ApiKey(
    ApiKeyId(UUID(int=7)),
    ADA.id,
    KeyName("report"),
    TEXT[:12],
    frozenset({Permission.CHAT, Permission.USERS_WRITE}),
    NOON,
    CallerLimits(concurrency=1, models=frozenset({"a:1", "b:1"})),
)
LIMITED = RoleDefinition("User", frozenset({Permission.CHAT}), CallerLimits(models=frozenset({"b:1", "c:1"})))


class Door:
    def __init__(self, key: ApiKey = KEY, user: User = ADA, *roles: RoleDefinition) -> None:
        self.clock, self.uses = FixedClock(), HeardUses()
        self.keys = MemoryApiKeys(MemoryUsers(Credentials(user, "")))
        self.keys.stored[hash_of_key(TEXT)] = key
        self.callers = KeyCallers(self.keys, FixedRoles(*roles), self.uses, self.clock)

    async def refused(self, token: str = TEXT) -> bool:
        with pytest.raises(Unauthenticated) as caught:
            await self.callers.identify(token)
        assert self.uses.heard == []
        return caught.type is Unauthenticated


@pytest.mark.anyio
async def test_a_key_gives_what_both_it_and_its_owner_may() -> None:
    door = Door(KEY, replace(ADA, limits=CallerLimits(weight=2.0)), LIMITED)

    assert await door.callers.identify(TEXT) == Identified(
        Actor(
            ADA.id,
            ADA.roles,
            key=str(KEY.id),
            permissions=frozenset({Permission.CHAT}),
            name="ada",
            limits=CallerLimits(weight=2.0, models=frozenset({"b:1"})),
            own_limits=CallerLimits(weight=2.0),
            key_limits=CallerLimits(concurrency=1),
        ),
        inf,
    )
    assert door.uses.heard == [(KEY.id, NOON)]


@pytest.mark.anyio
async def test_one_read_is_enough() -> None:
    door = Door()
    await door.callers.identify(TEXT)
    assert door.keys.reads == 1


@pytest.mark.anyio
@pytest.mark.parametrize("token", ["onk_", TEXT[:-1], TEXT + "a", TEXT[:20] + "!" + TEXT[21:], "onk_" + "a" * 10_000])
async def test_a_typing_error_is_refused_without_a_read(token: str) -> None:
    door = Door()
    assert await door.refused(token)
    assert door.keys.reads == 0


@pytest.mark.anyio
async def test_a_key_that_nobody_made_is_refused() -> None:
    assert await Door().refused(key_text(bytes(32)))


@pytest.mark.anyio
async def test_a_revoked_key_is_refused_at_once() -> None:
    assert await Door(replace(KEY, revoked_at=NOON)).refused()


@pytest.mark.anyio
@pytest.mark.parametrize("status", [UserStatus.LOCKED, UserStatus.DELETED])
async def test_the_key_of_an_account_that_may_not_be_used_is_refused(status: UserStatus) -> None:
    assert await Door(KEY, replace(ADA, status=status)).refused()


@pytest.mark.anyio
async def test_a_key_is_good_until_its_last_moment() -> None:
    door = Door(replace(KEY, expires_at=NOON + timedelta(seconds=10)))
    door.clock.advance(4)
    assert (await door.callers.identify(TEXT)).expires_in == 6
    door.clock.advance(6)
    with pytest.raises(TokenExpired):
        await door.callers.identify(TEXT)


@pytest.mark.anyio
async def test_a_role_that_was_taken_away_is_taken_from_the_key_too() -> None:
    identified = await Door(KEY, replace(ADA, roles=frozenset({"gone"}))).callers.identify(TEXT)
    assert identified.actor.permissions == frozenset()
