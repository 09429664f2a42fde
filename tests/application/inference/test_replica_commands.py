"""What administrators do to replicas."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest
from tests.application.inference.replica_desk import ADA, BOSS, CONFIGURED, MANAGED, ReplicaDesk
from tests.fakes.identity.fixed_time import NOON
from tests.fakes.inference.memory_pool import MemoryPool

from ollamanet.application.inference.commands.add_replica import AddReplica
from ollamanet.application.inference.commands.drain_replica import DrainReplica
from ollamanet.application.inference.commands.remove_replica import RemoveReplica
from ollamanet.application.inference.commands.restart_replica import RestartReplica
from ollamanet.application.inference.commands.restore_replicas import RestoreReplicasHandler
from ollamanet.application.inference.commands.resume_replica import ResumeReplica
from ollamanet.application.inference.queries.inspect_replicas import InspectReplicas
from ollamanet.application.inference.replica_ports import ReplicaOptions
from ollamanet.application.kernel.page import PageRequest
from ollamanet.domain.inference.tickets import ReplicaId
from ollamanet.domain.kernel.errors import Conflict, Forbidden, InvalidRequest, NotFound

pytestmark = pytest.mark.anyio

Ask = Callable[[ReplicaDesk, str], Awaitable[object]]
ON_ONE: dict[str, Ask] = {
    "drain": lambda desk, name: desk.drain(DrainReplica(BOSS, name)),
    "resume": lambda desk, name: desk.resume(ResumeReplica(BOSS, name)),
    "restart": lambda desk, name: desk.restart(RestartReplica(BOSS, name)),
    "remove": lambda desk, name: desk.remove(RemoveReplica(BOSS, name)),
}


async def test_an_added_replica_is_in_the_pool_and_in_the_store() -> None:
    desk = ReplicaDesk()
    name = await desk.add(name="gpu1", slots=3, weight=2.0, models=("Llama3",), token="hush")

    status = desk.pool.status(name)
    assert (status.url, desk.pool.tokens[name]) == ("http://gpu1:11434", "hush")
    assert status.options == ReplicaOptions(slots=3, weight=2.0, models=frozenset({"llama3:latest"}))
    assert [each.name for each in await desk.added.all()] == ["gpu1"]
    assert desk.added.by == [(name, BOSS.user_id, NOON)]


async def test_a_replica_without_a_list_of_models_may_be_used_for_all() -> None:
    desk = ReplicaDesk()

    assert desk.pool.status(await desk.add()).options.models is None


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("http://metadata.example", "link-local"),
        ("http://169.254.169.254", "link-local"),
        ("http://nowhere.example", "cannot be resolved"),
        ("ftp://gpu1", "only http and https"),
    ],
)
async def test_an_address_that_must_not_be_asked_leaves_no_trace(url: str, told: str) -> None:
    desk = ReplicaDesk()
    with pytest.raises(InvalidRequest, match=told):
        await desk.add(url)

    assert (len(desk.pool.statuses()), await desk.added.all()) == (2, [])


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"url": "http://gpu2", "name": "gpu1"}, "name"),
        ({"url": "http://GPU1:11434/", "name": "other"}, "url"),
        ({"url": f"http://{CONFIGURED}", "name": "other"}, "url"),
        ({"url": f"https://{CONFIGURED}"}, "name"),
    ],
)
async def test_a_name_and_an_address_are_there_once(given: dict[str, str], field: str) -> None:
    desk = ReplicaDesk()
    await desk.add(name="gpu1")
    with pytest.raises(Conflict, match=rf"^{field}: "):
        await desk.add(**given)

    assert len(await desk.added.all()) == 1


async def test_what_the_pool_refuses_after_all_is_not_stored() -> None:
    class Racing(MemoryPool):
        def statuses(self):
            return ()

    desk = ReplicaDesk()
    racing = Racing("http://gpu1:11434")
    handler = replace(desk.add_replica, pool=racing)
    with pytest.raises(Conflict):
        await handler(AddReplica(BOSS, "http://gpu1:11434"))

    assert await desk.added.all() == []


async def test_a_drained_replica_stays_so_until_it_is_resumed() -> None:
    desk = ReplicaDesk()
    for _ in range(2):
        await desk.drain(DrainReplica(BOSS, CONFIGURED))
        assert desk.pool.status(CONFIGURED).drained
        assert await desk.added.drained() == {CONFIGURED}
    await desk.resume(ResumeReplica(BOSS, CONFIGURED))

    assert not desk.pool.status(CONFIGURED).drained
    assert await desk.added.drained() == frozenset()


async def test_a_restart_is_asked_of_what_keeps_the_replica() -> None:
    desk = ReplicaDesk()
    await desk.restart(RestartReplica(BOSS, MANAGED))
    with pytest.raises(Conflict):
        await desk.restart(RestartReplica(BOSS, CONFIGURED))

    assert desk.recoveries.asked == [MANAGED]


async def test_what_was_added_can_be_removed_and_what_is_configured_cannot() -> None:
    desk = ReplicaDesk()
    name = await desk.add()
    await desk.drain(DrainReplica(BOSS, name))
    assert await desk.remove(RemoveReplica(BOSS, name)) == name
    with pytest.raises(Conflict, match="configuration"):
        await desk.remove(RemoveReplica(BOSS, CONFIGURED))

    assert [status.id for status in desk.pool.statuses()] == [CONFIGURED, MANAGED]
    assert (await desk.added.all(), await desk.added.drained()) == ([], frozenset())


async def test_only_by_force_is_anything_cut() -> None:
    desk = ReplicaDesk()
    first, second = await desk.add("http://gpu1"), await desk.add("http://gpu2")
    await desk.remove(RemoveReplica(BOSS, first))
    await desk.remove(RemoveReplica(BOSS, second, force=True))

    assert desk.pool.told == [("cut", second)]


async def test_a_replica_with_a_path_is_found_by_a_name_without_slashes() -> None:
    desk = ReplicaDesk()
    name = await desk.add("https://gpu2/ollama")
    await desk.drain(DrainReplica(BOSS, "gpu2:443~ollama"))

    assert desk.pool.status(name).drained


@pytest.mark.parametrize("ask", ON_ONE.values(), ids=ON_ONE)
async def test_what_is_not_there_is_not_found(ask: Ask) -> None:
    with pytest.raises(NotFound):
        await ask(ReplicaDesk(), "nobody")


@pytest.mark.parametrize(
    "ask",
    [
        lambda desk: desk.add_replica(AddReplica(ADA, "not even an address")),
        lambda desk: desk.drain(DrainReplica(ADA, "nobody")),
        lambda desk: desk.resume(ResumeReplica(ADA, "nobody")),
        lambda desk: desk.restart(RestartReplica(ADA, "nobody")),
        lambda desk: desk.remove(RemoveReplica(ADA, "nobody")),
        lambda desk: desk.inspect(InspectReplicas(ADA, PageRequest())),
    ],
)
async def test_only_administrators_may_and_others_learn_nothing(
    ask: Callable[[ReplicaDesk], Awaitable[object]],
) -> None:
    with pytest.raises(Forbidden):
        await ask(ReplicaDesk())


async def test_a_start_brings_back_what_was_added_and_drained() -> None:
    before = ReplicaDesk()
    added = await before.add(name="gpu1", slots=2, token="hush")
    for name in (added, CONFIGURED):
        await before.drain(DrainReplica(BOSS, name))
    pool = MemoryPool(f"http://{CONFIGURED}", f"http://{MANAGED}")

    assert list(await RestoreReplicasHandler(pool, before.added)()) == []
    assert [(status.id, status.drained) for status in pool.statuses()] == [
        (CONFIGURED, True),
        (MANAGED, False),
        (added, True),
    ]
    assert (pool.status(added).options.slots, pool.tokens[added]) == (2, "hush")


async def test_what_the_configuration_has_by_now_is_left_out_of_a_start() -> None:
    before = ReplicaDesk()
    await before.add(name="gpu1")
    await before.add("http://gpu2", name="gpu2")
    pool = MemoryPool("http://gpu1:11434")
    pool.add("http://elsewhere", ReplicaOptions(), replica=ReplicaId("gpu2"))

    assert list(await RestoreReplicasHandler(pool, before.added)()) == ["gpu1", "gpu2"]
    assert [status.url for status in pool.statuses()] == ["http://gpu1:11434", "http://elsewhere"]
