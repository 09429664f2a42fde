"""Replicas come and go, and the scheduler knows what each is."""

import asyncio

import pytest
from tests.infrastructure.inference.fleets import SLOW, becomes, fleet_of
from tests.infrastructure.inference.ollama_answers import request
from tests.infrastructure.kernel.http_scripted_server import refusing_url
from tests.infrastructure.simulator.daemons import EMBEDDER, NATIVE, THINKER, daemon, eventually

from ollamanet.application.inference.replica_ports import ReplicaOptions, ReplicaStatus
from ollamanet.domain.inference.capacity import Health
from ollamanet.domain.inference.errors import NoHealthyReplica, ReplicaLost
from ollamanet.domain.inference.tickets import ReplicaId
from ollamanet.domain.kernel.errors import Conflict, InvalidRequest, NotFound
from ollamanet.domain.kernel.model_name import ModelName
from ollamanet.infrastructure.simulator.options import ModelSpec

pytestmark = pytest.mark.anyio


async def test_the_scheduler_is_told_what_a_replica_is_and_has() -> None:
    async with daemon(models=(NATIVE, EMBEDDER)) as ollama, fleet_of(slots_of=slots_of) as rig:
        await ollama.chat()
        options = ReplicaOptions(slots=4, weight=2.0, max_loaded=2, memory=24e9)
        name = rig.add(ollama.base_url, options)
        assert name == ollama.base_url.removeprefix("http://")
        assert (rig.told.specs[name].installed, rig.health()) == ({}, Health.SUSPECT)

        await becomes(lambda: rig.health() is Health.HEALTHY and bool(rig.told.loaded[name]))
        spec = rig.told.specs[name]
        assert spec.installed == {"native:latest": NATIVE.size, "embedder:latest": EMBEDDER.size}
        assert (spec.slots, spec.slots_of, spec.max_loaded) == (4, {"embedder:latest": 1}, 2)
        assert (spec.memory, spec.speed, spec.weight) == (24e9, None, 2.0)
        assert rig.told.loaded[name] == {"native:latest"}


def slots_of(model: ModelName) -> int | None:
    return 1 if model.family == "embedder" else None


async def test_a_model_that_is_loaded_counts_with_the_memory_it_takes() -> None:
    async with daemon(models=(NATIVE,), gpu_memory=1_000_000) as ollama, fleet_of(ollama.base_url) as rig:
        await becomes(lambda: rig.told.specs[rig.ids[0]].installed == {"native:latest": NATIVE.size})
        await ollama.chat()
        await becomes(lambda: rig.told.specs[rig.ids[0]].installed == {"native:latest": 1_000_000})
        await ollama.chat(keep_alive=0)
        await becomes(lambda: not rig.told.loaded[rig.ids[0]])

        assert rig.told.specs[rig.ids[0]].installed == {"native:latest": 1_000_000}


async def test_only_allowed_models_are_there_and_another_choice_holds_at_once() -> None:
    async with daemon(models=(NATIVE, THINKER)) as ollama, fleet_of() as rig:
        rig.add(ollama.base_url, ReplicaOptions(models=frozenset({"native:latest"})))
        assert await rig.fleet.find(ModelName("thinker")) is None
        assert await rig.fleet.find(ModelName("native")) is not None
        assert set(rig.told.specs[rig.ids[0]].installed) == {"native:latest"}

        rig.add(ollama.base_url, ReplicaOptions(slots=3), replica=ReplicaId("again"))
        assert await rig.fleet.find(ModelName("thinker")) is not None
        assert (len(rig.told.specs[rig.ids[1]].installed), rig.told.specs[rig.ids[1]].slots) == (2, 3)


async def test_one_that_is_removed_is_forgotten_but_its_stream_goes_on() -> None:
    async with daemon(tokens_per_second=200, reply_tokens=20) as ollama, fleet_of(ollama.base_url) as rig:
        await rig.fleet.find(ModelName("native"))
        stream = await rig.fleet.open(rig.ids[0], request(model="native"), timeout=30)
        await rig.fleet.remove(rig.ids[0])
        assert (rig.told.specs, rig.fleet.statuses(), len(rig.fleet.probes)) == ({}, (), 0)
        assert len([batch async for batch in stream]) > 1
        await stream.aclose()

        with pytest.raises(NoHealthyReplica) as refused:
            await rig.fleet.open(rig.ids[0], request(model="native"), timeout=30)
        assert refused.value.retry_after
        rig.fleet.failed(rig.ids[0], request(), ReplicaLost("gone"))
        with pytest.raises(NoHealthyReplica, match="no replica"):
            await rig.fleet.find(ModelName("native"))
        assert rig.add(ollama.base_url) == rig.ids[0]
        assert await rig.fleet.find(ModelName("native")) is not None


async def test_one_that_is_removed_by_force_takes_what_runs_on_it_along() -> None:
    stuck = ModelSpec(name="stuck", fault="hang")
    async with (
        daemon(models=(NATIVE, stuck), tokens_per_second=20, reply_tokens=1000, slots=4) as ollama,
        fleet_of(ollama.base_url) as rig,
    ):
        await rig.fleet.find(ModelName("native"))
        stream = await rig.fleet.open(rig.ids[0], request(model="native"), timeout=30)
        opening = asyncio.create_task(rig.fleet.open(rig.ids[0], request(model="stuck"), timeout=30))
        await becomes(lambda: rig.fleet.status(rig.ids[0]).running == 2)
        await rig.fleet.remove(rig.ids[0], cut=True)

        with pytest.raises(ReplicaLost, match="removed"):
            await opening
        with pytest.raises(ReplicaLost, match="removed"):
            assert [batch async for batch in stream]
        await stream.aclose()
        await eventually(lambda: ollama.simulator.counters.in_flight == 0)
        await becomes(lambda: rig.transport.open_connections == rig.transport.idle_connections)


async def test_nothing_is_done_to_a_replica_that_is_not_there() -> None:
    nobody = ReplicaId("nobody")
    async with fleet_of(refusing_url()) as rig:
        fleet = rig.fleet
        for act in (fleet.resume, fleet.restarted, fleet.status):
            with pytest.raises(NotFound):
                act(nobody)
        for act_for in (fleet.drain, fleet.gone):
            with pytest.raises(NotFound):
                act_for(nobody, "a reason")
        with pytest.raises(NotFound):
            await fleet.remove(nobody)


async def test_names_are_unique_and_tell_paths_apart() -> None:
    async with fleet_of(started=False) as rig:
        assert rig.add("https://gpu1/a/", token="secret") == "gpu1:443/a"
        assert rig.add("https://gpu1/b") == "gpu1:443/b"
        assert rig.add("http://gpu1:11434", replica=ReplicaId("mine")) == "mine"
        with pytest.raises(Conflict):
            rig.add("https://gpu1/a")
        with pytest.raises(InvalidRequest):
            rig.add("http://gpu1:port")

        assert [status.id for status in rig.fleet.statuses()] == ["gpu1:443/a", "gpu1:443/b", "mine"]
        assert "secret" not in repr(rig.fleet.statuses())


async def test_what_is_told_of_a_replica_calls_it_by_its_name_and_not_by_its_address() -> None:
    url = refusing_url()
    async with fleet_of(policy=SLOW) as rig:
        rig.add(url, replica=ReplicaId("mine"))
        assert (await rig.check()).reason == "mine cannot be reached"
        assert [api.name for api in rig.fleet.apis()] == ["mine"]
        assert rig.fleet.status(rig.ids[0]).url == url


async def test_nothing_is_kept_loaded_where_an_admin_keeps_work_away() -> None:
    async with fleet_of(refusing_url(), refusing_url(), started=False) as rig:
        rig.fleet.drain(rig.ids[0], "ada updates it")
        assert [api.name for api in rig.fleet.apis()] == [rig.ids[1]]
        rig.fleet.resume(rig.ids[0])
        assert [api.name for api in rig.fleet.apis()] == rig.ids


async def test_a_drained_one_finishes_what_it_has_and_gets_work_again_when_it_is_resumed() -> None:
    async with daemon(tokens_per_second=200, reply_tokens=20) as ollama, fleet_of(ollama.base_url) as rig:
        await becomes(lambda: rig.health() is Health.HEALTHY)
        stream = await rig.fleet.open(rig.ids[0], request(model="native"), timeout=30)
        rig.fleet.drain(rig.ids[0], "ada updates it")
        status = rig.fleet.status(rig.ids[0])
        assert (rig.health(), status.health, status.drained) == (Health.DRAINING, Health.DRAINING, True)
        assert (status.reason, status.running) == ("ada updates it", 1)
        with pytest.raises(NoHealthyReplica, match="ada updates it"):
            await rig.fleet.probes[0].check()

        assert len([batch async for batch in stream]) > 1
        await stream.aclose()
        await stream.aclose()
        assert rig.fleet.status(rig.ids[0]).running == 0
        rig.fleet.resume(rig.ids[0])
        assert rig.health() is Health.HEALTHY


async def test_the_supervisor_of_a_process_tells_of_its_end_and_its_return() -> None:
    async with daemon() as ollama, fleet_of(ollama.base_url, policy=SLOW) as rig:
        await becomes(lambda: rig.health() is Health.HEALTHY)
        heard: list[ReplicaStatus] = []
        end = rig.fleet.watch(heard.append)
        rig.fleet.gone(rig.ids[0], "its process ended with status 1")
        assert (rig.health(), rig.fleet.status(rig.ids[0]).reason) == (Health.DOWN, "its process ended with status 1")

        rig.fleet.restarted(rig.ids[0])
        assert rig.health() is Health.DOWN, "it may not listen yet"
        await becomes(lambda: rig.health() is Health.HEALTHY)
        assert [status.health for status in heard] == [Health.DOWN, Health.HEALTHY]
        end()
        end()
        rig.fleet.drain(rig.ids[0], "over")
        assert len(heard) == 2


async def test_tells_all_that_is_known_of_a_replica() -> None:
    async with daemon(models=(THINKER, NATIVE), version="0.33.1") as ollama, fleet_of(ollama.base_url) as rig:
        await ollama.chat()
        await becomes(lambda: bool(rig.told.loaded[rig.ids[0]]))
        status = await rig.check()

        assert (status.id, status.url, status.version) == (rig.ids[0], ollama.base_url, "0.33.1")
        assert [(str(model.name), model.resident) for model in status.models] == [
            ("native:latest", True),
            ("thinker:latest", False),
        ]
        assert status.latency is not None
        assert status.checked_at is not None
        assert status.since <= status.checked_at


async def test_a_replica_that_does_not_answer_is_checked_all_the_same() -> None:
    async with fleet_of(refusing_url(), policy=SLOW) as rig:
        statuses = await asyncio.gather(*(rig.check() for _ in range(3)))

        assert {status.health for status in statuses} == {Health.SUSPECT}
        assert (statuses[0].latency, statuses[0].version) == (None, None)
        assert "cannot be reached" in statuses[0].reason


@pytest.mark.parametrize("wrong", [{"slots": 0}, {"max_loaded": 0}, {"weight": 0.0}, {"memory": 0.0}])
def test_options_that_make_no_sense_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="needed"):
        ReplicaOptions(**wrong)  # type: ignore[arg-type]


async def test_closing_twice_is_like_once() -> None:
    async with daemon() as ollama, fleet_of(ollama.base_url) as rig:
        await becomes(lambda: rig.health() is Health.HEALTHY)
        await rig.fleet.aclose()
        asked = ollama.simulator.counters.requests["GET /api/version"]
        await rig.fleet.aclose()

        assert (await rig.check()).health is Health.HEALTHY
        assert ollama.simulator.counters.requests["GET /api/version"] == asked
