"""Reading one's own account."""

from dataclasses import replace

import pytest
from tests.fakes.identity.memory_users import MemoryUsers
from tests.fakes.identity.people import ADA, BOB

from ollamanet.application.identity.ports import Credentials
from ollamanet.application.identity.queries.get_profile import GetProfile, GetProfileHandler
from ollamanet.application.kernel.actor import Actor
from ollamanet.domain.identity.user import User, UserStatus
from ollamanet.domain.kernel.errors import Unauthenticated


def store_of(*users: User) -> MemoryUsers:
    return MemoryUsers(*(Credentials(user, "a hash") for user in users))


@pytest.mark.anyio
async def test_the_profile_is_the_callers_own_and_as_it_is_now() -> None:
    get_profile = GetProfileHandler(store_of(ADA, BOB))
    stale = Actor(BOB.id, frozenset({"Admin"}))
    assert await get_profile(GetProfile(stale)) == BOB


@pytest.mark.anyio
@pytest.mark.parametrize("store", [store_of(ADA), store_of(ADA, replace(BOB, status=UserStatus.LOCKED))])
async def test_a_token_of_an_account_that_is_gone_or_disabled_is_worth_nothing(store: MemoryUsers) -> None:
    with pytest.raises(Unauthenticated, match=r"^the account of this token is gone or disabled$"):
        await GetProfileHandler(store)(GetProfile(Actor(BOB.id)))
