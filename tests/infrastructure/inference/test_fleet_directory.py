"""What many replicas have together: asked without stampedes, and never held up by one that is down."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from tests.infrastructure.inference.fleets import SLOW, Rig, becomes, fleet_of
from tests.infrastructure.inference.hand_clock import HandClock
from tests.infrastructure.inference.ollama_answers import listing, refusal
from tests.infrastructure.kernel.http_scripted_server import Peer, ScriptedServer, refusing_url, scripted_server
from tests.infrastructure.simulator.daemons import EMBEDDER, NATIVE, THINKER, daemon

from ollamanet.application.inference.ports import InstalledModel
from ollamanet.domain.inference.capacity import Health
from ollamanet.domain.inference.errors import NoHealthyReplica
from ollamanet.domain.kernel.model_name import ModelName

pytestmark = pytest.mark.anyio
TAGS, PS, SHOW = "GET /api/tags", "GET /api/ps", "POST /api/show"
LLAMA = ModelName("llama3")
VERSION = b'HTTP/1.1 200 OK\r\nContent-Length: 18\r\n\r\n{"version":"0.30"}'


@asynccontextmanager
async def silent() -> AsyncIterator[ScriptedServer]:
    """A replica that takes every question and answers none."""

    async def handler(peer: Peer) -> None:
        while await peer.request():
            pass

    async with scripted_server(handler) as server:
        yield server


def lister(models: Callable[[], list[dict[str, object]]]) -> Callable[[Peer], object]:
    async def handler(peer: Peer) -> None:
        while request := await peer.request():
            await peer.send(listing(models() if request.startswith(b"GET /api/tags ") else []))

    return handler


async def asked_together(rig: Rig, name: ModelName) -> list[InstalledModel | None]:
    return await asyncio.gather(*(rig.fleet.find(name) for _ in range(200)))


async def test_a_crowd_asks_each_replica_once() -> None:
    async with (
        daemon(models=(NATIVE,)) as first,
        daemon(models=(THINKER,)) as second,
        fleet_of(first.base_url, second.base_url, clock=HandClock(), started=False) as rig,
    ):
        found = await asked_together(rig, ModelName("thinker"))
        assert {model.name for model in found if model is not None} == {ModelName("thinker")}
        assert await asked_together(rig, ModelName("nobody-has-it")) == [None] * 200
        await asked_together(rig, ModelName("native"))

        for each in (first, second):
            stats = await each.stats()
            assert (stats["requests"][TAGS], stats["requests"][PS]) == (1, 1)


async def test_a_crowd_that_asks_for_what_is_not_there_asks_each_replica_once_more() -> None:
    clock = HandClock()
    async with daemon() as ollama, fleet_of(ollama.base_url, clock=clock, started=False) as rig:
        await rig.fleet.find(ModelName("native"))
        clock.passes(5.0)
        await ollama.post("/api/pull", model="distant")
        found = await asked_together(rig, ModelName("distant"))

        assert all(model is not None for model in found)
        assert (await ollama.stats())["requests"][TAGS] == 2


async def test_what_a_model_can_do_is_asked_once_however_many_have_it_and_known_better_than_the_list_says() -> None:
    models = (NATIVE, THINKER, EMBEDDER)
    async with (
        daemon(models=models) as first,
        daemon(models=models) as second,
        fleet_of(first.base_url, second.base_url) as rig,
    ):
        await becomes(lambda: all(len(status.models) == 3 for status in rig.fleet.statuses()))
        await becomes(lambda: all("tools" in status.models[1].capabilities for status in rig.fleet.statuses()))
        found = await rig.fleet.find(ModelName("native"))
        assert found is not None
        assert (found.capabilities, found.context_length) == ({"completion", "tools"}, 131_072)
        await asyncio.sleep(0.3)

        asked = [(await each.stats())["requests"] for each in (first, second)]
        assert sum(requests.get(SHOW, 0) for requests in asked) == 3
        assert [model.name.family for model in rig.fleet.statuses()[0].models] == ["embedder", "native", "thinker"]


async def test_one_that_does_not_say_what_its_models_can_do_still_lists_them() -> None:
    async def handler(peer: Peer) -> None:
        while request := await peer.request():
            if request.startswith(b"POST /api/show "):
                await peer.send(refusal(500, b"{}"))
            else:
                await peer.send(listing([{"name": "llama3", "digest": "d1"}, {"name": "m3:cloud", "remote_host": "x"}]))

    async with scripted_server(handler) as server, fleet_of(server.url, started=False) as rig:
        assert await rig.fleet.find(LLAMA) == InstalledModel(LLAMA, frozenset(), resident=False)
        assert await rig.fleet.first_chat_model() == LLAMA
        assert await rig.fleet.find(ModelName("m3", "cloud")) is None


async def test_a_silent_replica_delays_no_answer_of_another() -> None:
    async with silent() as mute, daemon() as ollama, fleet_of(mute.url, ollama.base_url, started=False) as rig:
        async with asyncio.timeout(10):
            assert await rig.fleet.find(ModelName("native")) is not None
            assert await rig.fleet.first_chat_model() is not None

        rig.fleet.gone(rig.ids[0], "it hangs")
        async with asyncio.timeout(10):
            assert await rig.fleet.find(ModelName("nobody-has-it")) is None


async def test_nothing_waits_for_replicas_that_are_known_to_be_down() -> None:
    async with silent() as mute, fleet_of(mute.url, policy=SLOW, started=False) as rig:
        rig.add(refusing_url())
        rig.fleet.gone(rig.ids[0], "it hangs")
        async with asyncio.timeout(10):
            with pytest.raises(NoHealthyReplica) as refused:
                await rig.fleet.find(LLAMA)

        assert refused.value.retry_after
        assert "cannot be reached" in refused.value.detail


async def test_a_model_is_loaded_when_it_is_on_any_replica() -> None:
    async with daemon() as first, daemon() as second:
        await second.chat()
        async with fleet_of(first.base_url, second.base_url) as rig:
            await becomes(lambda: any(rig.told.loaded.values()))
            await becomes(lambda: all(status.models for status in rig.fleet.statuses()))
            found = [await rig.fleet.find(ModelName(name)) for name in ("native", "rendered")]
            assert [model is not None and model.resident for model in found] == [True, False]


async def test_what_a_dead_replica_had_is_still_known_but_its_word_counts_last() -> None:
    spelled = {"one": "LLAMA3:latest", "two": "Llama3:latest"}
    async with (
        scripted_server(lister(lambda: [{"name": spelled["one"]}])) as first,
        scripted_server(lister(lambda: [{"name": spelled["two"]}, {"name": "other"}])) as second,
        fleet_of(first.url, second.url, clock=HandClock(), started=False) as rig,
    ):
        await rig.fleet.first_chat_model()
        found = [await rig.fleet.find(LLAMA)]
        rig.fleet.gone(rig.ids[0], "dead")
        found.append(await rig.fleet.find(LLAMA))
        assert [str(model and model.name) for model in found] == ["LLAMA3:latest", "Llama3:latest"]

        rig.fleet.gone(rig.ids[1], "dead")
        assert await rig.fleet.find(ModelName("other")) is not None
        assert await rig.fleet.find(ModelName("never-seen")) is None


async def test_the_state_of_a_fleet_is_the_state_of_its_probes() -> None:
    async with daemon() as ollama, fleet_of(ollama.base_url, refusing_url()) as rig:
        await becomes(lambda: rig.health(1) is Health.DOWN)
        well, dead = rig.fleet.probes
        assert (well.name, rig.fleet.probes[-1].name, len(rig.fleet.probes[:1])) == (rig.ids[0], rig.ids[1], 1)
        assert await well.check() >= 0
        with pytest.raises(NoHealthyReplica, match="cannot be reached"):
            await dead.check()


async def test_nobody_is_believed_to_have_thousands_of_models_loaded() -> None:
    loaded = listing([{"name": f"m{number}"} for number in range(5000)])
    answers = {PS: loaded, TAGS: listing([{"name": "llama3"}]), "GET /api/version": VERSION}

    async def handler(peer: Peer) -> None:
        while asked := await peer.request():
            await peer.send(next(answer for start, answer in answers.items() if asked.decode().startswith(start)))

    async with scripted_server(handler) as server, fleet_of(server.url) as rig:
        await becomes(lambda: bool(rig.told.loaded.get(rig.ids[0])))

        assert len(rig.told.loaded[rig.ids[0]]) <= 256
