"""Models are loaded at start and stay so, before real daemons over HTTP."""

import asyncio
from typing import Any

import pytest
import structlog
from tests.infrastructure.inference.warming import QUICK, left_over, stays, warm, warming
from tests.infrastructure.kernel.http_clients import fast_transport, until
from tests.infrastructure.kernel.http_scripted_server import refusing_url

from ollamanet.domain.inference.warmth import WarmState
from ollamanet.infrastructure.inference.model_warmer import ModelWarmer
from ollamanet.infrastructure.inference.ollama_address import ReplicaAddress
from ollamanet.infrastructure.inference.ollama_api import OllamaApi
from ollamanet.infrastructure.kernel.system_clock import SystemClock
from ollamanet.infrastructure.simulator.model_names import ModelName
from ollamanet.infrastructure.simulator.options import ModelSpec

pytestmark = pytest.mark.anyio


def events(logs: list[Any]) -> list[tuple[str, str, str]]:
    return [(line["log_level"], line["event"], line.get("model", "")) for line in logs]


async def test_models_are_loaded_as_real_requests_would_have_them() -> None:
    with structlog.testing.capture_logs() as logs:
        async with warming(warm("talker", keep_alive=1800), warm("embedder", None, keep_alive=-1)) as rig:
            await rig.until(talker=WarmState.WARM, embedder=WarmState.WARM)
            await stays(lambda: rig.states == {"talker": WarmState.WARM, "embedder": WarmState.WARM})

            talker, embedder = rig.loaded["talker"], rig.loaded["embedder"]
            assert (talker.load.num_ctx, talker.keep_alive) == (8192, 1800)
            assert (embedder.load.num_ctx, embedder.keep_alive) == (512, float("inf"))
            assert (rig.asked("/api/generate"), rig.asked("/api/embed")) == (1, 1)
            counters = rig.simulator.counters
            assert (counters.loads, counters.generated_tokens, counters.embeddings) == (2, 0, 0)
    assert events(logs) == [
        ("info", "model is kept warm", "talker:latest"),
        ("info", "model is kept warm", "embedder:latest"),
    ]


async def test_they_stay_loaded_although_nobody_asks_for_them() -> None:
    async with warming(warm("talker", keep_alive=1.0)) as rig:
        await until(lambda: rig.asked("/api/generate") >= 4)

        assert "talker" in rig.loaded
        assert (rig.simulator.counters.loads, rig.simulator.counters.unloads) == (1, 0)


async def test_a_model_that_somebody_loaded_stays_from_then_on() -> None:
    async with warming(warm("talker", keep_alive=600), start=False) as rig:
        await rig.somebody_loads("talker", keep_alive=20)
        rig.warmer.start()
        await rig.until(talker=WarmState.WARM)

        assert rig.loaded["talker"].keep_alive == 600
        assert rig.simulator.counters.loads == 1


async def test_a_model_that_was_unloaded_is_loaded_again() -> None:
    async with warming(warm("talker")) as rig:
        await rig.until(talker=WarmState.WARM)
        await rig.somebody_loads("talker", keep_alive=0)
        await until(lambda: rig.simulator.counters.loads == 2)
        await rig.until(talker=WarmState.WARM)


async def test_a_model_that_is_not_installed_is_left_out_without_a_word() -> None:
    with structlog.testing.capture_logs() as logs:
        async with warming(warm("nobody-has-it"), warm("talker")) as rig:
            await rig.until(talker=WarmState.WARM)
            assert rig.states == {"nobody-has-it": WarmState.NOT_INSTALLED, "talker": WarmState.WARM}
    assert events(logs) == [("info", "model is kept warm", "talker:latest")]


async def test_a_model_that_is_installed_later_is_loaded_then() -> None:
    async with warming(warm("newcomer")) as rig:
        await rig.until(newcomer=WarmState.NOT_INSTALLED)
        rig.simulator.library.install(ModelSpec(name="newcomer"))
        await rig.until(newcomer=WarmState.WARM)


async def test_what_others_have_loaded_is_never_pushed_out() -> None:
    async with warming(warm("talker"), start=False, max_loaded_models=1) as rig:
        await rig.somebody_loads("stranger")
        rig.warmer.start()
        await rig.until(talker=WarmState.WAITING)
        assert rig.details == {"talker": "stranger:latest is loaded there"}
        await stays(lambda: rig.loaded.keys() == {"stranger"})

        await rig.somebody_loads("stranger", keep_alive=0)
        await rig.until(talker=WarmState.WARM)
        assert rig.simulator.counters.evictions == 0


async def test_another_name_of_the_same_weights_is_as_good() -> None:
    async with warming(warm("nickname"), start=False) as rig:
        talker, nickname = rig.simulator.library.find("talker"), ModelName.parse("nickname")
        assert talker is not None
        assert nickname is not None
        rig.simulator.library.copy(talker, nickname)
        await rig.somebody_loads("talker")
        rig.warmer.start()
        await rig.until(nickname=WarmState.WARM)

        assert rig.simulator.counters.loads == 1


async def test_of_two_that_do_not_fit_together_the_first_one_stays() -> None:
    async with warming(warm("talker"), warm("other"), gpu_memory=1500) as rig:
        await rig.until(talker=WarmState.WARM, other=WarmState.DOES_NOT_FIT)
        assert rig.loaded.keys() == {"talker"}
        loads = rig.simulator.counters.loads

        await stays(lambda: rig.states == {"talker": WarmState.WARM, "other": WarmState.DOES_NOT_FIT}, looks=20)
        assert rig.details["other"] == "talker:latest does not fit beside it"
        assert rig.simulator.counters.loads == loads <= 3


async def test_the_first_one_waits_while_requests_use_the_other_in_its_place() -> None:
    async with warming(warm("talker"), warm("other"), gpu_memory=1500) as rig:
        await rig.until(talker=WarmState.WARM, other=WarmState.DOES_NOT_FIT)
        await rig.somebody_loads("other")
        await rig.until(talker=WarmState.WAITING)
        await stays(lambda: rig.loaded.keys() == {"other"})

        await rig.somebody_loads("other", keep_alive=0)
        await rig.until(talker=WarmState.WARM)


async def test_a_load_that_fails_is_tried_again_later_and_told_once() -> None:
    with structlog.testing.capture_logs() as logs:
        async with warming(warm("talker"), warm("other"), start=False) as rig:
            rig.will_fail("oom", 3, "talker:latest")
            rig.warmer.start()
            await rig.until(talker=WarmState.FAILED, other=WarmState.WARM)
            assert "out of memory" in str(rig.details["talker"])
            await rig.until(talker=WarmState.WARM)
            assert rig.simulator.counters.failed_loads == 3
    assert events(logs) == [
        ("warning", "model is not kept warm", "talker:latest"),
        ("info", "model is kept warm", "other:latest"),
        ("info", "model is kept warm", "talker:latest"),
    ]


async def test_what_always_fails_is_tried_ever_more_rarely() -> None:
    async with warming(warm("fault-oom"), start=False) as rig:
        rig.simulator.library.install(ModelSpec(name="fault-oom"))
        began = asyncio.get_running_loop().time()
        rig.warmer.start()
        await until(lambda: rig.simulator.counters.failed_loads == 4)

        # After 0.05, 0.1 and 0.2 s, and not at each look.
        assert asyncio.get_running_loop().time() - began >= 0.35


async def test_a_load_gives_way_to_people_who_want_another_model() -> None:
    wanted: set[str] = set()
    async with warming(warm("talker"), in_use=lambda _: wanted, load_seconds=0.0, start=False) as rig:
        rig.simulator.library.install(ModelSpec(name="talker", load_seconds=300.0))
        rig.warmer.start()
        await until(lambda: rig.simulator.scheduler.loading == "talker:latest")
        wanted.add("stranger:latest")
        async with asyncio.timeout(5):
            await rig.somebody_loads("stranger")

        assert rig.states == {"talker": WarmState.WAITING}
        assert rig.simulator.counters.aborted_loads == 1
        await stays(lambda: rig.loaded.keys() == {"stranger"})


async def test_a_load_goes_on_for_people_who_want_that_model() -> None:
    wanted = {"talker:latest"}
    async with warming(warm("talker"), in_use=lambda _: wanted, load_seconds=0.1) as rig:
        await rig.until(talker=WarmState.WARM)

        assert rig.simulator.counters.aborted_loads == 0


async def test_nothing_is_loaded_while_people_use_the_replica() -> None:
    wanted = {"stranger:latest"}
    async with warming(warm("talker"), in_use=lambda _: wanted) as rig:
        await rig.until(talker=WarmState.WAITING)
        assert rig.details == {"talker": "requests run there"}
        wanted.clear()
        await rig.until(talker=WarmState.WARM)


async def test_a_replica_that_does_not_answer_holds_nobody_up_and_is_asked_again() -> None:
    async with warming(warm("talker"), start=False) as rig:
        rig.will_fail("hang", 1, route="/api/tags")
        rig.warmer.start()
        assert rig.warmer.states() == []
        await until(lambda: rig.states == {"talker": WarmState.UNKNOWN})
        await rig.warmer.aclose()
        assert left_over() == []


async def test_a_replica_that_is_down_is_unknown_until_it_is_back() -> None:
    async with warming(warm("talker"), start=False) as rig:
        rig.will_fail("refuse", 2, route="/api/tags")
        rig.warmer.start()
        await until(lambda: rig.details.get("talker") is not None)
        assert rig.states == {"talker": WarmState.UNKNOWN}
        await rig.until(talker=WarmState.WARM)


async def test_replicas_come_and_go() -> None:
    nobody = refusing_url()
    async with warming(warm("talker"), start=False) as rig, fast_transport() as transport:
        gone, there = OllamaApi(ReplicaAddress(nobody), transport), rig.api
        replicas = [gone]
        warmer = ModelWarmer(lambda: replicas, [warm("talker")], SystemClock(), pace=QUICK)
        warmer.start()
        await until(lambda: [each.replica for each in warmer.states()] == [gone.name])
        replicas[:] = [there]
        await until(lambda: [(each.replica, each.state) for each in warmer.states()] == [(there.name, WarmState.WARM)])
        replicas.clear()
        await until(lambda: warmer.states() == [])
        await warmer.aclose()
        assert left_over() == []


async def test_stopping_breaks_a_load_off_and_leaves_nothing_behind() -> None:
    async with warming(warm("talker"), load_seconds=300.0) as rig:
        await rig.until(talker=WarmState.LOADING)
        await until(lambda: rig.simulator.scheduler.loading == "talker:latest")
        await rig.warmer.aclose()

        assert left_over() == []
        await until(lambda: rig.simulator.counters.aborted_loads == 1)


async def test_a_warmer_that_never_began_can_be_stopped() -> None:
    await ModelWarmer(list, [warm("talker")], SystemClock()).aclose()


async def test_a_defect_is_told() -> None:
    def broken(_: str) -> list[str]:
        raise ZeroDivisionError

    with structlog.testing.capture_logs() as logs:
        async with warming(warm("talker"), in_use=broken):
            await until(lambda: bool(logs))
    assert logs[0]["event"] == "models are no longer kept warm"
    assert isinstance(logs[0]["exc_info"], ZeroDivisionError)
