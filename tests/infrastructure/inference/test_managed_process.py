"""A replica that we run ourselves comes back: real processes, a simulator among them."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from tests.fakes.inference.memory_pool import MemoryPool
from tests.infrastructure.inference.programs import free_port, is_alive, program, python, until

from ollamanet.domain.inference.capacity import Health
from ollamanet.domain.inference.restart_policy import RecoveryState, RestartPolicy
from ollamanet.domain.inference.tickets import ReplicaId
from ollamanet.domain.kernel.errors import Conflict
from ollamanet.infrastructure.inference.kept_process import ProgramSpec
from ollamanet.infrastructure.inference.managed_process import ManagedProcess, ManagedSpec
from ollamanet.infrastructure.inference.pool_audience import PoolAudience
from ollamanet.infrastructure.inference.replica_recoveries import ReplicaRecoveries
from ollamanet.infrastructure.kernel.system_clock import SystemClock

pytestmark = pytest.mark.anyio

SLEEPER = "import time; print('up'); time.sleep(600)"
QUICK = RestartPolicy(first_pause=0.05, longest_pause=0.2, stable_after=30, looping_after=3)


class Managed:
    """One managed replica, and the pool that it is in."""

    def __init__(self, spec: ProgramSpec, port: int, policy: RestartPolicy) -> None:
        self.pool = MemoryPool(f"http://127.0.0.1:{port}")
        self.replica = ReplicaId(f"127.0.0.1:{port}")
        # A new process is taken for well by this pool; a test says when it is not.
        process_spec = ManagedSpec(self.replica, spec, "127.0.0.1", port, policy)
        self.process = ManagedProcess(process_spec, PoolAudience(self.pool), SystemClock(), glance=0.05)
        self.recoveries = ReplicaRecoveries({self.replica: self.process})

    @property
    def state(self) -> RecoveryState:
        return self.process.status().state

    async def running(self, *, other_than: int = 0) -> int:
        """The number of the process, once it runs."""
        await until(lambda: self.process.status().process not in {None, other_than}, seconds=40)
        process = self.process.status().process
        assert process
        return process


@asynccontextmanager
async def managed(
    folder: Path,
    make: Callable[[int], ProgramSpec] | None = None,
    *,
    port: int | None = None,
    policy: RestartPolicy = QUICK,
) -> AsyncIterator[Managed]:
    port = port or free_port()
    one = Managed(make(port) if make else python(folder, SLEEPER, grace=0.3), port, policy)
    async with one.recoveries:
        yield one


async def answers(port: int) -> bool:
    async with httpx.AsyncClient(trust_env=False) as http:
        try:
            return (await http.get(f"http://127.0.0.1:{port}/api/version")).is_success
        except httpx.HTTPError:
            return False


async def until_it_answers(port: int) -> None:
    for _ in range(400):
        if await answers(port):
            return
        await asyncio.sleep(0.1)
    raise AssertionError(f"nothing answers on port {port}")


async def test_a_simulator_that_is_killed_comes_back_and_is_stopped_at_the_end(tmp_path: Path) -> None:
    def simulator(port: int) -> ProgramSpec:
        return program(tmp_path, sys.executable, "-m", "ollamanet", "simulate", "--port", str(port))

    port = free_port()
    async with managed(tmp_path, simulator, port=port) as one:
        first = await one.running()
        await until_it_answers(port)
        os.kill(first, signal.SIGKILL)
        second = await one.running(other_than=first)
        await until_it_answers(port)

        status = one.process.status()
        assert (status.kind, status.state, status.restarts) == ("process", RecoveryState.RUNNING, 1)
        assert one.pool.told == [("restarted", one.replica), ("gone", one.replica), ("restarted", one.replica)]
        assert not is_alive(first)
    assert not is_alive(second)
    assert not await answers(port)
    assert one.state is RecoveryState.STOPPED


async def test_what_dies_again_and_again_is_seen_to_be_in_a_crash_loop(tmp_path: Path) -> None:
    broken = python(tmp_path, "print('no GPU here'); raise SystemExit(2)")
    async with managed(tmp_path, lambda _: broken) as one:
        await until(lambda: one.state is RecoveryState.CRASH_LOOPING)
        status = one.process.status()

    assert status.detail == "ended with code 2: no GPU here"
    assert status.restarts >= 2
    assert status.process is None


async def test_between_two_starts_it_says_how_long_it_waits(tmp_path: Path) -> None:
    policy = RestartPolicy(first_pause=30)
    async with managed(tmp_path, lambda _: python(tmp_path, "pass"), policy=policy) as one:
        await until(lambda: one.process.status().retry_in is not None)
        status = one.process.status()

    assert status.state is RecoveryState.BACKING_OFF
    assert 0 < (status.retry_in or 0) <= 30


async def test_an_administrator_does_not_wait_for_the_pause(tmp_path: Path) -> None:
    policy = RestartPolicy(first_pause=600, longest_pause=600)
    async with managed(tmp_path, lambda _: python(tmp_path, "pass"), policy=policy) as one:
        await until(lambda: one.process.status().retry_in is not None)
        one.recoveries.restart(one.replica)
        await until(lambda: one.process.status().restarts == 1)


async def test_a_restart_ends_the_process_and_starts_another_without_counting_as_a_failure(tmp_path: Path) -> None:
    async with managed(tmp_path) as one:
        process = 0
        for restarts in range(QUICK.looping_after + 1):
            process = await one.running(other_than=process)
            assert one.process.status().restarts == restarts
            assert one.state is RecoveryState.RUNNING
            one.recoveries.restart(one.replica)
        assert await one.running(other_than=process)
        assert not is_alive(process)


async def test_what_stays_unwell_is_ended_and_started_again(tmp_path: Path) -> None:
    policy = RestartPolicy(first_pause=0.05, unhealthy_after=0.2, start_grace=0.2)
    async with managed(tmp_path, policy=policy) as one:
        first = await one.running()
        one.pool.is_now(one.replica, Health.HEALTHY)
        one.pool.is_now(one.replica, Health.OPEN)
        await one.running(other_than=first)

        assert not is_alive(first)


async def test_a_drained_replica_is_left_alone_however_unwell_it_is(tmp_path: Path) -> None:
    policy = RestartPolicy(first_pause=0.05, unhealthy_after=0.01, start_grace=0.01)
    port = free_port()
    one = Managed(python(tmp_path, SLEEPER, grace=0.3), port, policy)
    one.pool.drain(one.replica, "maintenance")
    async with one.recoveries:
        first = await one.running()
        await asyncio.sleep(0.5)

        assert one.process.status().process == first


async def test_a_port_that_is_taken_is_told_and_tried_again(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        async with managed(tmp_path, port=port) as one:
            await until(lambda: one.state is RecoveryState.PORT_TAKEN)
            assert str(port) in one.process.status().detail
            listener.close()

            await one.running()


async def test_a_command_that_is_not_there_is_told(tmp_path: Path) -> None:
    async with managed(tmp_path, lambda _: program(tmp_path, "/nowhere/ollama", "serve")) as one:
        await until(lambda: one.process.status().retry_in is not None)

        assert one.process.status().detail == "cannot be started: /nowhere/ollama: No such file or directory"
        assert one.pool.told == []


async def test_what_the_pool_has_lost_is_still_kept_and_stopped(tmp_path: Path) -> None:
    async with managed(tmp_path) as one:
        process = await one.running()
        await one.pool.remove(one.replica)
        one.recoveries.restart(one.replica)
        process = await one.running(other_than=process)

    assert not is_alive(process)


async def test_only_what_is_kept_can_be_restarted(tmp_path: Path) -> None:
    async with managed(tmp_path) as one:
        assert one.recoveries.status(ReplicaId("other")) is None
        with pytest.raises(Conflict):
            one.recoveries.restart(ReplicaId("other"))
