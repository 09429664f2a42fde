"""Replicas that fail: noticed, kept from work, tried again, and back soon."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from tests.fakes.inference.scripted_replica import ScriptedReplica, ScriptedStream
from tests.fakes.kernel.cancelling import cut_short
from tests.infrastructure.inference.fleets import QUICK, SLOW, Rig, becomes, fleet_of
from tests.infrastructure.inference.hand_clock import HandClock
from tests.infrastructure.inference.ollama_answers import request
from tests.infrastructure.kernel.http_scripted_server import Peer, refusing_url, scripted_server
from tests.infrastructure.simulator.daemons import NATIVE, Daemon, daemon, eventually

from ollamanet.application.inference.replica_ports import ReplicaOptions
from ollamanet.domain.inference.capacity import Health
from ollamanet.domain.inference.errors import (
    ModelNotFound,
    NoHealthyReplica,
    ReplicaFailed,
    ReplicaLost,
    UpstreamTimeout,
)
from ollamanet.domain.inference.replica_health import ReplicaHealth
from ollamanet.domain.inference.tickets import ReplicaId
from ollamanet.domain.kernel.chat import ReplyRequest
from ollamanet.domain.kernel.errors import Refusal
from ollamanet.domain.kernel.model_name import ModelName
from ollamanet.infrastructure.inference.ollama_address import ReplicaAddress, ReplicaTimeouts
from ollamanet.infrastructure.simulator.options import ModelSpec

pytestmark = pytest.mark.anyio


async def ask(rig: Rig, model: str = "native", *, timeout: float = 30.0, index: int = 0) -> None:
    """Have a chat answered to its end; what breaks off is reported, as whoever relays it does."""
    stream = await rig.fleet.open(rig.ids[index], request(model=model), timeout=timeout)
    try:
        async for _ in stream:
            pass
    except Refusal as refusal:
        rig.fleet.failed(rig.ids[index], request(model=model), refusal)
        raise
    finally:
        await stream.aclose()


@asynccontextmanager
async def ready(ollama: Daemon, **more: object) -> AsyncIterator[Rig]:
    """A fleet of one replica that is known to be well."""
    async with fleet_of(ollama.base_url, **more) as rig:  # type: ignore[arg-type]
        await rig.fleet.find(ModelName("native"))
        await becomes(lambda: rig.health() is Health.HEALTHY)
        yield rig


async def test_one_that_dies_is_down_at_once_and_back_soon_after_its_return() -> None:
    async with AsyncExitStack() as life:
        ollama = await life.enter_async_context(daemon(tokens_per_second=50, reply_tokens=1000, slots=4))
        async with ready(ollama) as rig:
            chats = [asyncio.create_task(ask(rig)) for _ in range(4)]
            await becomes(lambda: ollama.simulator.counters.generated_tokens > 4)
            await life.aclose()
            outcomes = await asyncio.gather(*chats, return_exceptions=True)
            assert {type(outcome) for outcome in outcomes} == {ReplicaLost}
            await becomes(lambda: rig.health() is Health.DOWN)

            with pytest.raises(NoHealthyReplica) as refused:
                await ask(rig)
            assert refused.value.retry_after
            assert await rig.fleet.find(ModelName("native")) is not None
            assert "cannot be reached" in rig.fleet.status(rig.ids[0]).reason
            async with daemon(port=urlsplit(ollama.base_url).port):
                await becomes(lambda: rig.health() is Health.HEALTHY)
                await ask(rig)
                assert Health.HALF_OPEN in rig.told.told[rig.ids[0]]
                assert rig.fleet.status(rig.ids[0]).running == 0


@pytest.mark.parametrize("fault", ["refuse", "busy", "proxy-page", "oom", "cut-headers", "forbidden", "empty", "hang"])
async def test_requests_that_fail_open_the_breaker_and_one_at_a_time_tries_again(fault: str) -> None:
    broken = ModelSpec(name="broken", fault=fault)
    timeouts = ReplicaTimeouts(connect=30, first_token=0.1, silence=30)
    async with daemon(models=(NATIVE, broken)) as ollama, ready(ollama, timeouts=timeouts) as rig:
        for _ in range(3):
            with pytest.raises(Refusal):
                await ask(rig, "broken")
        assert Health.OPEN in rig.told.told[rig.ids[0]]
        await becomes(lambda: rig.health() is Health.HALF_OPEN)

        outcomes = await asyncio.gather(*(ask(rig, "broken") for _ in range(5)), return_exceptions=True)
        assert ["takes no work now" in str(outcome) for outcome in outcomes].count(False) == 1

        await becomes(lambda: rig.health() is Health.HALF_OPEN)
        await ask(rig)
        assert rig.health() is Health.HEALTHY


async def test_streams_that_break_off_every_time_open_it_too() -> None:
    broken = ModelSpec(name="broken", fault="die-mid-stream:2")
    async with daemon(models=(NATIVE, broken)) as ollama, ready(ollama, policy=SLOW) as rig:
        for _ in range(4):
            assert rig.health() is Health.HEALTHY
            with pytest.raises(ReplicaLost):
                await ask(rig, "broken")

        assert rig.health() is Health.OPEN


async def test_a_model_that_one_lacks_does_not_count_and_is_no_longer_listed() -> None:
    async with daemon() as ollama, ready(ollama, policy=SLOW) as rig:
        assert "seer:latest" in rig.told.specs[rig.ids[0]].installed
        await ollama.http.request("DELETE", "/api/delete", json={"model": "seer"})
        for _ in range(5):
            with pytest.raises(ModelNotFound):
                await ask(rig, "seer")

        assert rig.health() is Health.HEALTHY
        assert "seer:latest" not in rig.told.specs[rig.ids[0]].installed


async def test_requests_with_little_time_of_their_own_do_not_count() -> None:
    stuck = ModelSpec(name="stuck", fault="hang")
    async with daemon(models=(NATIVE, stuck), slots=9) as ollama, ready(ollama, policy=SLOW) as rig:
        for _ in range(5):
            with pytest.raises(UpstreamTimeout):
                await ask(rig, "stuck", timeout=0.02)
        assert rig.health() is Health.HEALTHY

    patience = replace(SLOW, patience=0.05)
    async with daemon(models=(NATIVE, stuck), slots=9) as ollama, ready(ollama, policy=patience) as rig:
        for _ in range(3):
            with pytest.raises(UpstreamTimeout):
                await ask(rig, "stuck", timeout=0.1)
        assert rig.health() is Health.OPEN


async def test_a_model_that_one_replica_fails_at_goes_to_another_as_long_as_that_takes_work() -> None:
    broken = ModelSpec(name="shared", fault="oom")
    async with (
        daemon(models=(NATIVE, broken)) as bad,
        daemon(models=(NATIVE, ModelSpec(name="shared"))) as good,
        ready(bad, policy=SLOW) as rig,
    ):
        rig.add(good.base_url)
        await becomes(lambda: "shared:latest" in rig.told.specs[rig.ids[1]].installed)
        await ask(rig)
        for _ in range(3):
            assert "shared:latest" in rig.told.specs[rig.ids[0]].installed
            with pytest.raises(ReplicaFailed):
                await ask(rig, "shared")
        assert set(rig.told.specs[rig.ids[0]].installed) == {"native:latest"}
        assert rig.health() is Health.HEALTHY

        rig.fleet.drain(rig.ids[1], "an update")
        assert "shared:latest" in rig.told.specs[rig.ids[0]].installed
        rig.fleet.resume(rig.ids[1])
        assert "shared:latest" not in rig.told.specs[rig.ids[0]].installed
        await rig.fleet.remove(rig.ids[1])
        assert "shared:latest" in rig.told.specs[rig.ids[0]].installed


async def test_a_slow_one_is_suspect_for_a_while() -> None:
    clock = HandClock()
    slow = ScriptedReplica()

    class Sluggish(ScriptedReplica):
        async def open(self, request: ReplyRequest, *, timeout: float) -> ScriptedStream:
            clock.passes(5.0)
            return await super().open(request, timeout=timeout)

    def new_chat(address: ReplicaAddress) -> ScriptedReplica:
        return Sluggish() if address.url == third.base_url else slow

    async with daemon() as first, daemon() as second, daemon() as third:
        for each in (first, second, third):
            await each.chat()
        urls = [each.base_url for each in (first, second, third)]
        async with fleet_of(*urls, policy=SLOW, clock=clock, new_chat=new_chat) as rig:
            await becomes(lambda: all(rig.told.loaded.values()))
            for index in range(3):
                for _ in range(5):
                    await ask(rig, index=index)
            assert [rig.health(index) for index in range(3)] == [Health.HEALTHY, Health.HEALTHY, Health.SUSPECT]
            assert "slow" in rig.fleet.status(rig.ids[2]).reason

            clock.passes(31.0)
            await rig.check(2)
            assert rig.health(2) is Health.HEALTHY


async def test_a_client_that_leaves_at_any_moment_leaves_nothing_behind() -> None:
    async with daemon(reply_tokens=3) as ollama, ready(ollama, policy=SLOW) as rig:
        rig.fleet.gone(rig.ids[0], "to put it on trial")
        waits = 1
        while True:
            health = ReplicaHealth(SLOW.health)
            health.gone("dead", 0.0, 0.0)
            health.answered(10_000.0)
            member = rig.fleet._members[rig.ids[0]]
            member.watch.health = health
            assert health.verdict(0.0).health is Health.HALF_OPEN
            cut = await cut_short(ask(rig), waits)
            assert rig.fleet.status(rig.ids[0]).running == 0
            if cut.waits < waits:
                break
            again = health.begin(20_000.0)
            assert again is not None
            waits += 1

        assert waits > 2
        await eventually(lambda: ollama.simulator.counters.in_flight == 0)
        await becomes(lambda: rig.transport.open_connections == rig.transport.idle_connections)


async def test_a_replica_that_hangs_is_down_too() -> None:
    async def handler(peer: Peer) -> None:
        while await peer.request():
            pass

    impatient = replace(QUICK, probe_timeout=0.05)
    async with scripted_server(handler) as server, fleet_of(server.url, policy=impatient) as rig:
        await becomes(lambda: rig.health() is Health.DOWN)


async def test_with_many_replicas_each_is_probed_less_often() -> None:
    crowded = replace(QUICK, crowd=1)
    async with daemon() as ollama, fleet_of(ollama.base_url, policy=crowded) as rig:
        for number in range(99):
            rig.fleet.add(refusing_url(), ReplicaOptions(), replica=ReplicaId(f"dead{number}"))
        await becomes(lambda: rig.health() is Health.HEALTHY)
        await rig.check()
        asked = ollama.simulator.counters.requests["GET /api/version"]
        await asyncio.sleep(0.5)

        assert ollama.simulator.counters.requests["GET /api/version"] <= asked + 1
