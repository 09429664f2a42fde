"""What every store of API keys does; a subclass brings the fixtures `users` and `keys`."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import anyio
import pytest
from tests.fakes.identity.fixed_time import NOON
from tests.fakes.identity.people import ADA, BOB, person

from ollamanet.application.identity.key_ports import ApiKeys, KeyChange, KeyHolder
from ollamanet.application.identity.ports import Users
from ollamanet.application.kernel.audit import HERE, OPERATOR, AuditEntry
from ollamanet.application.kernel.page import PageRequest
from ollamanet.domain.identity.api_key import ApiKey, ApiKeyId, KeyName
from ollamanet.domain.identity.user import User, UserStatus
from ollamanet.domain.kernel.caller_limits import CallerLimits
from ollamanet.domain.kernel.errors import Conflict, NotFound
from ollamanet.domain.kernel.permissions import Permission

LIMITS = CallerLimits(2, 30, 4000, 10**12, models=frozenset({"llama3:latest"}))


def key_of(user: User, number: int = 1, **changed: object) -> ApiKey:
    key = ApiKey(
        ApiKeyId(UUID(int=number)),
        user.id,
        KeyName(f"größe {number} \N{SNOWMAN}"),
        "onk_12345678",
        frozenset({Permission.CHAT, Permission.USERS_READ}),
        NOON + timedelta(microseconds=number),
        LIMITS,
        NOON + timedelta(days=1),
    )
    return replace(key, **changed)  # type: ignore[arg-type]  # any field, as the test says


def entry(key: ApiKey) -> AuditEntry:
    return AuditEntry("api_key.revoked", OPERATOR, HERE, NOON, target=f"user:{key.owner}")


@pytest.mark.anyio
class ApiKeysContract:
    @pytest.fixture(autouse=True)
    async def people(self, users: Users) -> None:
        for user in (ADA, BOB):
            await users.add(user, password_hash="a hash")

    async def add(self, keys: ApiKeys, key: ApiKey, *, at_most: int = 50) -> None:
        await keys.add(key, secret_hash=f"hash of {key.id}", at_most=at_most, audit=[entry(key)])

    async def stored(self, keys: ApiKeys, key: ApiKey) -> ApiKey | None:
        found = await keys.holder(f"hash of {key.id}")
        return None if found is None else found.key

    async def test_a_key_is_found_by_its_hash_with_its_owner(self, keys: ApiKeys) -> None:
        for key in (key_of(ADA), key_of(BOB, 2)):
            await self.add(keys, key)
        assert await keys.holder("hash of another") is None
        assert await keys.holder(f"hash of {key_of(ADA).id}") == KeyHolder(key_of(ADA), ADA)

    async def test_a_key_without_limits_and_end_comes_back_so(self, keys: ApiKeys) -> None:
        key = key_of(ADA, limits=CallerLimits(models=frozenset()), expires_at=None)
        await self.add(keys, key)
        assert await self.stored(keys, key) == key

    async def test_everybody_sees_his_own_newest_first_in_pages(self, keys: ApiKeys) -> None:
        mine = [key_of(ADA, number) for number in range(1, 6)]
        for key in (*mine, key_of(BOB, 9)):
            await self.add(keys, key)
        pages = [await keys.list_of(ADA.id, PageRequest(page, 2)) for page in (1, 2, 3, 4, 1_000_000)]
        assert [list(page.items) for page in pages] == [mine[:2:-1], mine[2:0:-1], mine[:1], [], []]
        assert {page.total for page in pages} == {5}

    async def test_only_live_keys_count_towards_the_most(self, keys: ApiKeys) -> None:
        await self.add(keys, key_of(ADA, 1, expires_at=NOON))
        await self.add(keys, key_of(ADA, 2))
        await keys.revoke(key_of(ADA, 2).id, owner=ADA.id, at=NOON, entry=entry)
        await self.add(keys, key_of(BOB, 3))
        await self.add(keys, key_of(ADA, 4), at_most=1)
        with pytest.raises(Conflict):
            await self.add(keys, key_of(ADA, 5), at_most=1)
        assert await self.stored(keys, key_of(ADA, 5)) is None

    async def test_of_many_at_once_no_more_than_the_most_are_stored(self, keys: ApiKeys) -> None:
        refused = []

        async def make(number: int) -> None:
            try:
                await self.add(keys, key_of(ADA, number), at_most=3)
            except Conflict:
                refused.append(number)

        async with anyio.create_task_group() as group:
            for number in range(1, 9):
                group.start_soon(make, number)
        assert len(refused) == 5
        assert (await keys.list_of(ADA.id, PageRequest())).total == 3

    @pytest.mark.parametrize("status", [UserStatus.LOCKED, UserStatus.DELETED])
    async def test_an_account_that_may_not_be_used_gets_none(
        self, keys: ApiKeys, users: Users, status: UserStatus
    ) -> None:
        carol = replace(person("carol", number=103), status=status)
        await users.add(carol, password_hash="a hash")
        with pytest.raises(NotFound):
            await self.add(keys, key_of(carol))

    async def test_a_change_is_stored_and_the_rest_stays(self, keys: ApiKeys) -> None:
        await self.add(keys, key_of(ADA))
        await keys.note_uses({key_of(ADA).id: NOON})
        wanted = key_of(
            ADA,
            name=KeyName("other"),
            scopes=frozenset({Permission.AUDIT_READ}),
            limits=CallerLimits(),
            expires_at=None,
            last_used_at=NOON,
        )
        seen = []

        def change(was: ApiKey) -> KeyChange:
            seen.append(was)
            return KeyChange(wanted, [entry(was)])

        assert await keys.change(wanted.id, owner=ADA.id, change=change) == wanted
        assert seen == [key_of(ADA, last_used_at=NOON)]
        assert await self.stored(keys, wanted) == wanted

    async def test_a_change_that_is_refused_changes_nothing(self, keys: ApiKeys) -> None:
        await self.add(keys, key_of(ADA))

        def change(_: ApiKey) -> KeyChange:
            raise Conflict("no")

        with pytest.raises(Conflict):
            await keys.change(key_of(ADA).id, owner=ADA.id, change=change)
        assert await self.stored(keys, key_of(ADA)) == key_of(ADA)

    async def test_a_revoked_key_stays_so_and_is_listed_no_more(self, keys: ApiKeys) -> None:
        await self.add(keys, key_of(ADA))
        await keys.revoke(key_of(ADA).id, owner=ADA.id, at=NOON, entry=entry)
        assert await self.stored(keys, key_of(ADA)) == key_of(ADA, revoked_at=NOON)
        assert (await keys.list_of(ADA.id, PageRequest())).total == 0
        await self.nobody_reaches(keys, ADA)

    async def test_keys_of_others_are_as_if_they_were_not_there(self, keys: ApiKeys) -> None:
        await self.add(keys, key_of(ADA))
        await self.nobody_reaches(keys, BOB)
        assert await self.stored(keys, key_of(ADA)) == key_of(ADA)

    async def nobody_reaches(self, keys: ApiKeys, user: User) -> None:
        with pytest.raises(NotFound):
            await keys.revoke(key_of(ADA).id, owner=user.id, at=NOON, entry=entry)
        with pytest.raises(NotFound):
            await keys.change(key_of(ADA).id, owner=user.id, change=lambda was: KeyChange(was, ()))

    async def test_the_last_use_only_moves_on(self, keys: ApiKeys) -> None:
        first, second = key_of(ADA), key_of(ADA, 2)
        for key in (first, second):
            await self.add(keys, key)
        later = NOON + timedelta(seconds=90)
        await keys.note_uses({})
        await keys.note_uses({first.id: later})
        await keys.note_uses({first.id: NOON, second.id: NOON})
        assert await self.last_uses(keys, first, second) == [later, NOON]

    async def last_uses(self, keys: ApiKeys, *wanted: ApiKey) -> list[datetime | None]:
        found = [await self.stored(keys, key) for key in wanted]
        return [key.last_used_at for key in found if key is not None]
