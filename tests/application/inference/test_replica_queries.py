"""What one sees of replicas."""

from dataclasses import replace

import pytest
from tests.application.inference.replica_desk import ADA, BOSS, CONFIGURED, MANAGED, ReplicaDesk

from ollamanet.application.inference.ports import InstalledModel
from ollamanet.application.inference.queries.inspect_replicas import InspectReplicas
from ollamanet.application.inference.queries.list_replicas import ListReplicas
from ollamanet.application.kernel.actor import Actor
from ollamanet.application.kernel.page import PageRequest
from ollamanet.domain.inference.replica_definition import ReplicaOrigin
from ollamanet.domain.kernel.caller_limits import CallerLimits
from ollamanet.domain.kernel.errors import Forbidden, NotFound
from ollamanet.domain.kernel.model_name import ModelName

pytestmark = pytest.mark.anyio


async def test_administrators_see_origin_load_and_recovery_of_each() -> None:
    desk = ReplicaDesk()
    name = await desk.add(token="hush")
    await desk.add("http://gpu2")
    desk.loads.loads[MANAGED] = 2

    found = await desk.inspect(InspectReplicas(BOSS, PageRequest()))

    seen = [(each.status.id, each.origin, each.in_flight, each.has_token) for each in found.items]
    assert seen == [
        (CONFIGURED, ReplicaOrigin.CONFIGURED, 0, False),
        (MANAGED, ReplicaOrigin.CONFIGURED, 2, False),
        (name, ReplicaOrigin.ADDED, 0, True),
        ("gpu2:80", ReplicaOrigin.ADDED, 0, False),
    ]
    assert [each.recovery is None for each in found.items] == [True, False, True, True]
    assert "hush" not in repr(found)


async def test_replicas_come_in_pages() -> None:
    desk = ReplicaDesk()
    await desk.add()
    desk.loads.loads[CONFIGURED] = 1
    pages = [PageRequest(number, 2) for number in (1, 2, 3)]

    listed = [await desk.list_replicas(ListReplicas(ADA, page)) for page in pages]
    inspected = [await desk.inspect(InspectReplicas(BOSS, page)) for page in pages]

    assert [[each.status.id for each in page.items] for page in listed] == [[CONFIGURED, MANAGED], ["gpu1:11434"], []]
    assert [[each.status.id for each in page.items] for page in inspected] == [
        [each.status.id for each in page.items] for page in listed
    ]
    assert {(page.total, page.page_size) for page in (*listed, *inspected)} == {(3, 2)}
    assert [each.in_flight for each in listed[0].items] == [1, 0]


async def test_one_of_them_is_found_by_its_name() -> None:
    desk = ReplicaDesk()
    name = await desk.add()

    assert (await desk.inspect.changed(name)).origin is ReplicaOrigin.ADDED
    with pytest.raises(NotFound):
        await desk.inspect.changed("nobody")


async def test_addresses_are_not_for_everybody() -> None:
    with pytest.raises(Forbidden, match="system:read"):
        await ReplicaDesk().inspect(InspectReplicas(ADA, PageRequest()))


async def test_of_what_a_replica_has_in_memory_everybody_sees_what_he_may_ask() -> None:
    desk = ReplicaDesk()
    names = (ModelName("Llama3"), ModelName("qwen3", "8b"))
    models = tuple(InstalledModel(name, frozenset(), resident=True) for name in names)
    desk.pool.finds(CONFIGURED, models=models)

    async def seen(actor: Actor) -> list[str]:
        return list((await desk.list_replicas(ListReplicas(actor, PageRequest()))).items[0].resident)

    only_llama = CallerLimits(models=frozenset({"llama3:latest"}))
    assert await seen(ADA) == ["Llama3:latest", "qwen3:8b"]
    assert await seen(replace(ADA, limits=only_llama)) == ["Llama3:latest"]
    assert await seen(replace(ADA, permissions=frozenset())) == []
    assert await seen(replace(BOSS, limits=only_llama)) == ["Llama3:latest", "qwen3:8b"]
