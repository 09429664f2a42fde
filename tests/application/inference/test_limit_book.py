"""Administrators change the limits: stored first, then in force at once, and never half."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

import pytest
from tests.fakes.inference.memory_limit_versions import MemoryLimitVersions
from tests.fakes.kernel.callers import a_user, an_admin
from tests.fakes.kernel.virtual_time import LoopClock

from ollamanet.application.inference.commands.change_limit_version import ChangeLimitVersion, ChangeLimitVersionHandler
from ollamanet.application.inference.commands.create_limit_version import CreateLimitVersion, CreateLimitVersionHandler
from ollamanet.application.inference.commands.roll_back_limits import RollBackLimits, RollBackLimitsHandler
from ollamanet.application.inference.limit_book import LimitBook
from ollamanet.application.inference.queries.get_limits import GetLimitsHandler
from ollamanet.application.kernel.actor import Actor
from ollamanet.domain.inference.limit_rollout import LimitVersion, Mode
from ollamanet.domain.inference.limits import LimitSet, UserLimits
from ollamanet.domain.kernel.errors import Conflict, Forbidden, InvalidRequest, StorageUnavailable
from ollamanet.domain.kernel.ids import UserId

pytestmark = pytest.mark.anyio

BOSS, ADA = an_admin(9), a_user(1)
SETTINGS = LimitSet(1, UserLimits(6, 60, 60_000))


class Office:
    """The limits, and those who change them."""

    def __init__(self, book: LimitBook, store: MemoryLimitVersions) -> None:
        self.book, self.store, clock = book, store, LoopClock()
        self.create = CreateLimitVersionHandler(book, clock)
        self.change = ChangeLimitVersionHandler(book, clock)
        self.roll_back = RollBackLimitsHandler(book, clock)

    async def new(
        self, rpm: int = 10, mode: Mode = Mode.ACTIVE, percent: float = 0.0, actor: Actor = BOSS
    ) -> LimitVersion:
        limits = LimitSet(0, UserLimits(6, rpm, 60_000))
        return await self.create(CreateLimitVersion(actor, lambda _: limits, mode, percent, "why"))

    def version_of(self, actor: Actor) -> int:
        return GetLimitsHandler(self.book)(actor).version


async def opened(store: MemoryLimitVersions | None = None) -> Office:
    store = store or MemoryLimitVersions()
    return Office(await LimitBook.opened(SETTINGS, store), store)


async def test_a_version_is_made_from_the_active_one_even_if_that_came_a_moment_before() -> None:
    office = await opened()

    def more(role: str) -> Callable[[LimitSet], LimitSet]:
        return lambda active: replace(active, roles={**active.roles, role: active.default})

    await asyncio.gather(
        *(office.create(CreateLimitVersion(BOSS, more(role), Mode.ACTIVE)) for role in ("User", "Admin"))
    )

    assert set(office.book.rollout.active.limits.roles) == {"User", "Admin"}


async def test_a_new_version_holds_at_once_and_after_a_restart() -> None:
    office = await opened()
    assert office.version_of(ADA) == 1
    made = await office.new()

    assert (made.number, made.created_by, made.created_at, made.note) == (
        2, BOSS.user_id, LoopClock().now(), "why"
    )  # fmt: skip
    assert office.version_of(ADA) == 2
    again = await opened(office.store)
    assert again.version_of(ADA) == 2
    assert again.book.rollout == office.book.rollout


async def test_a_canary_is_widened_made_active_and_rolled_back() -> None:
    office = await opened()
    await office.new(mode=Mode.CANARY)
    assert office.version_of(ADA) == 1

    assert (await office.change(ChangeLimitVersion(BOSS, 2, percent=100))).percent == 100
    assert office.version_of(ADA) == 2
    assert (await office.change(ChangeLimitVersion(BOSS, 2, mode=Mode.ACTIVE))).mode is Mode.ACTIVE
    assert (await office.roll_back(RollBackLimits(BOSS, 2))).number == 1
    assert office.version_of(ADA) == 1
    assert (await opened(office.store)).version_of(ADA) == 1


async def test_only_administrators_change_anything() -> None:
    office = await opened()

    with pytest.raises(Forbidden):
        await office.new(actor=ADA)
    with pytest.raises(Forbidden):
        await office.change(ChangeLimitVersion(ADA, 2, mode=Mode.ACTIVE))
    with pytest.raises(Forbidden):
        await office.roll_back(RollBackLimits(ADA, 2))
    assert office.store.stored == {}


async def test_a_percentage_is_for_a_canary() -> None:
    office = await opened()
    await office.new(mode=Mode.SHADOW)

    with pytest.raises(InvalidRequest, match="percent"):
        await office.change(ChangeLimitVersion(BOSS, 2, percent=5))
    with pytest.raises(InvalidRequest, match="percent"):
        await office.change(ChangeLimitVersion(BOSS, 2, Mode.ACTIVE, 5))


async def test_a_version_out_of_use_needs_a_mode_to_be_used_again() -> None:
    office = await opened()
    await office.new(mode=Mode.CANARY)
    await office.roll_back(RollBackLimits(BOSS, 2))

    with pytest.raises(InvalidRequest, match="mode"):
        await office.change(ChangeLimitVersion(BOSS, 2, percent=5))
    assert (await office.change(ChangeLimitVersion(BOSS, 2, Mode.CANARY, 5))).mode is Mode.CANARY


async def test_a_change_that_changes_nothing_is_nobodys() -> None:
    office = await opened()
    made = await office.new()
    await asyncio.sleep(60)

    assert await office.change(ChangeLimitVersion(BOSS, 2)) == made
    assert await office.change(ChangeLimitVersion(BOSS, 2, Mode.ACTIVE)) == made


async def test_what_cannot_be_stored_does_not_hold() -> None:
    office = await opened()
    office.store.broken = True
    with pytest.raises(StorageUnavailable):
        await office.new()

    assert office.version_of(ADA) == 1
    office.store.broken = False
    assert (await office.new()).number == 2


async def test_changes_at_the_same_time_come_one_after_the_other() -> None:
    office = await opened()
    made = await asyncio.gather(*(office.new(rpm) for rpm in range(1, 6)))

    assert [version.number for version in made] == [2, 3, 4, 5, 6]
    assert [version.mode for version in office.book.rollout.versions].count(Mode.ACTIVE) == 1
    assert set(office.store.stored) == {2, 3, 4, 5, 6}


async def test_a_second_canary_is_a_conflict() -> None:
    office = await opened()
    await office.new(mode=Mode.CANARY)

    with pytest.raises(Conflict):
        await office.new(mode=Mode.CANARY)


async def test_an_administrator_who_leaves_while_it_is_stored_leaves_nothing_half_done() -> None:
    class Slow(MemoryLimitVersions):
        async def save(self, added: object, changed: object, **others: object) -> None:
            await asyncio.sleep(5)
            await super().save(added, changed, **others)  # type: ignore[arg-type]

    office = await opened(Slow())
    task = asyncio.create_task(office.new())
    await asyncio.sleep(1)
    task.cancel()
    await asyncio.sleep(10)

    assert office.version_of(ADA) == 2
    assert set(office.store.stored) == {2}


async def test_many_callers_are_not_all_remembered() -> None:
    office = await opened()
    for number in range(10_050):
        assert office.version_of(replace(ADA, user_id=UserId(UUID(int=number)))) == 1

    assert len(office.book._known) <= 10_000
