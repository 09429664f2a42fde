"""What administrators do to replicas and limits goes into the audit trail, with what was before and after."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest
from tests.application.inference.replica_desk import BOSS, CONFIGURED, MANAGED, ReplicaDesk
from tests.fakes.identity.fixed_time import NOON
from tests.fakes.inference.memory_limit_versions import MemoryLimitVersions
from tests.fakes.inference.memory_pool import MemoryPool
from tests.fakes.kernel.virtual_time import LoopClock

from ollamanet.application.inference.commands.add_replica import AddReplica
from ollamanet.application.inference.commands.change_limit_version import ChangeLimitVersion, ChangeLimitVersionHandler
from ollamanet.application.inference.commands.create_limit_version import CreateLimitVersion, CreateLimitVersionHandler
from ollamanet.application.inference.commands.drain_replica import DrainReplica
from ollamanet.application.inference.commands.remove_replica import RemoveReplica
from ollamanet.application.inference.commands.restart_replica import RestartReplica
from ollamanet.application.inference.commands.resume_replica import ResumeReplica
from ollamanet.application.inference.commands.roll_back_limits import RollBackLimits, RollBackLimitsHandler
from ollamanet.application.inference.limit_book import LimitBook
from ollamanet.application.kernel.audit import Agent, AuditEntry, Origin
from ollamanet.domain.inference.limit_rollout import Mode
from ollamanet.domain.inference.limits import LimitSet, UserLimits
from ollamanet.domain.kernel.errors import Conflict, NotFound, Refusal

pytestmark = pytest.mark.anyio

FROM = Origin("192.0.2.7", "curl/8", "request-0001")
GPU1 = {"url": "http://gpu1:11434", "slots": 3, "weight": 1.0, "models": ["a:latest"], "has_token": True}


def told(entry: AuditEntry) -> tuple[str, str, object, object]:
    assert (entry.by, entry.origin) == (Agent.of(BOSS), FROM)
    return entry.action, entry.target, entry.before, entry.after


async def added(desk: ReplicaDesk) -> None:
    await desk.add(name="gpu1", slots=3, models=("a",), token="hush", origin=FROM)


async def test_an_added_replica_is_recorded_without_its_token() -> None:
    desk = ReplicaDesk()
    await added(desk)

    (entry,) = desk.added.trail
    assert told(entry) == ("replica.added", "replica:gpu1", {}, GPU1)
    assert (entry.at, entry.target_name) == (NOON, "gpu1")
    assert "hush" not in repr(entry)


async def test_an_added_replica_that_the_pool_refuses_is_recorded_as_taken_back() -> None:
    class Racing(MemoryPool):
        def statuses(self):
            return ()

    desk = ReplicaDesk()
    handler = replace(desk.add_replica, pool=Racing("http://gpu1:11434"))
    with pytest.raises(Conflict):
        await handler(AddReplica(BOSS, "http://gpu1:11434", origin=FROM))

    assert [entry.action for entry in desk.added.trail] == ["replica.added", "replica.removed"]


async def test_draining_and_resuming_are_recorded_as_what_they_changed() -> None:
    desk = ReplicaDesk()
    await desk.drain(DrainReplica(BOSS, CONFIGURED, origin=FROM))
    await desk.drain(DrainReplica(BOSS, CONFIGURED, origin=FROM))
    await desk.resume(ResumeReplica(BOSS, CONFIGURED, origin=FROM))

    target = f"replica:{CONFIGURED}"
    assert list(map(told, desk.added.trail)) == [
        ("replica.drained", target, {"drained": False}, {"drained": True}),
        ("replica.drained", target, {"drained": True}, {"drained": True}),
        ("replica.resumed", target, {"drained": True}, {"drained": False}),
    ]


async def test_a_removed_replica_is_recorded_as_it_was() -> None:
    desk = ReplicaDesk()
    await added(desk)
    await desk.remove(RemoveReplica(BOSS, "gpu1", origin=FROM))

    assert told(desk.added.trail[-1]) == ("replica.removed", "replica:gpu1", GPU1, {})


async def test_that_the_work_of_a_removed_replica_was_cut_is_recorded() -> None:
    desk = ReplicaDesk()
    await added(desk)
    await desk.remove(RemoveReplica(BOSS, "gpu1", force=True, origin=FROM))

    assert told(desk.added.trail[-1])[3] == {"cut": True}


async def test_a_restart_is_recorded_once_it_has_begun() -> None:
    desk = ReplicaDesk()
    await desk.restart(RestartReplica(BOSS, MANAGED, origin=FROM))
    with pytest.raises(Conflict):
        await desk.restart(RestartReplica(BOSS, CONFIGURED, origin=FROM))

    assert list(map(told, desk.trail.entries)) == [("replica.restarted", f"replica:{MANAGED}", {}, {})]


@pytest.mark.parametrize(
    "ask",
    [
        lambda desk: desk.drain(DrainReplica(BOSS, "nobody")),
        lambda desk: desk.remove(RemoveReplica(BOSS, CONFIGURED)),
        lambda desk: desk.add("http://169.254.169.254"),
    ],
)
async def test_what_was_refused_was_not_done(ask: Callable[[ReplicaDesk], Awaitable[object]]) -> None:
    desk = ReplicaDesk()
    with pytest.raises(Refusal):
        await ask(desk)

    assert desk.added.trail == desk.trail.entries == []


class LimitsDesk:
    """Every use case of versions of the limits."""

    def __init__(self, book: LimitBook, store: MemoryLimitVersions) -> None:
        self.store, clock = store, LoopClock()
        self.create, self.change = CreateLimitVersionHandler(book, clock), ChangeLimitVersionHandler(book, clock)
        self.roll_back = RollBackLimitsHandler(book, clock)

    @classmethod
    async def opened(cls) -> "LimitsDesk":
        store = MemoryLimitVersions()
        return cls(await LimitBook.opened(LimitSet(1, UserLimits(6, 60, 60_000)), store), store)

    async def new(self, mode: Mode, percent: float = 0.0) -> None:
        limits = LimitSet(0, UserLimits(6, 10, 60_000))
        await self.create(CreateLimitVersion(BOSS, lambda _: limits, mode, percent, "why", origin=FROM))


async def test_versions_of_the_limits_are_recorded_with_what_is_active_before_and_after() -> None:
    desk = await LimitsDesk.opened()
    await desk.new(Mode.CANARY, 5.0)
    await desk.change(ChangeLimitVersion(BOSS, 2, Mode.ACTIVE, origin=FROM))
    await desk.roll_back(RollBackLimits(BOSS, 2, origin=FROM))

    created, changed, rolled_back = map(told, desk.store.trail)
    limits = created[3].pop("limits")
    assert (limits["number"], limits["default"]["requests_per_minute"]) == (2, 10)
    canary, active = {"mode": "canary", "percent": 5.0}, {"mode": "active", "percent": 5.0}
    assert created == ("limits.created", "limits:2", {"active": 1}, {**canary, "active": 1})
    assert changed == ("limits.changed", "limits:2", {**canary, "active": 1}, {**active, "active": 2})
    assert rolled_back[2:] == ({**active, "active": 2}, {**active, "mode": "rolled_back", "active": 1})
    assert desk.store.trail[0].target_name == "why"


async def test_what_changed_nothing_about_the_limits_is_not_recorded() -> None:
    desk = await LimitsDesk.opened()
    await desk.new(Mode.ACTIVE)
    await desk.change(ChangeLimitVersion(BOSS, 2, Mode.ACTIVE))
    with pytest.raises(NotFound):
        await desk.roll_back(RollBackLimits(BOSS, 7))

    assert [entry.action for entry in desk.store.trail] == ["limits.created"]
