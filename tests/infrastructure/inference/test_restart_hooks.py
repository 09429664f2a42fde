"""Replicas of others are restarted by their hooks: real commands, real requests."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from tests.fakes.inference.memory_pool import MemoryPool
from tests.infrastructure.inference.programs import is_alive, numbers_in, program, python, until
from tests.infrastructure.kernel.http_scripted_server import Peer, scripted_server

from ollamanet.domain.inference.capacity import Health
from ollamanet.domain.inference.restart_policy import RecoveryState, RestartPolicy
from ollamanet.domain.inference.tickets import ReplicaId
from ollamanet.domain.kernel.errors import Conflict
from ollamanet.infrastructure.inference.hooked_replica import HookedReplica, HookedSpec
from ollamanet.infrastructure.inference.pool_audience import PoolAudience
from ollamanet.infrastructure.inference.replica_recoveries import ReplicaRecoveries
from ollamanet.infrastructure.inference.restart_hook import CommandHook, HookCall, HookFailed, RestartHook, WebhookHook
from ollamanet.infrastructure.kernel.system_clock import SystemClock

pytestmark = pytest.mark.anyio

GPU = ReplicaId("gpu1:11434")
CALL = HookCall(GPU, "http://gpu1:11434", "unwell")
SLOW = "import os, time; open(os.environ['PIDS'], 'w').write(str(os.getpid())); time.sleep(600)"


async def answering(status: bytes, handler: list[bytes], hook: WebhookHook | None = None, **options: object) -> str:
    async def answer(peer: Peer) -> None:
        handler.append(await peer.request())
        await peer.send(b"HTTP/1.1 " + status + b"\r\nContent-Length: 0\r\n\r\n")

    async with scripted_server(answer) as server:
        return await (hook or WebhookHook(f"{server.url}/restart", 10, **options))(CALL)


async def test_a_webhook_gets_what_happened_as_json_and_its_token() -> None:
    asked: list[bytes] = []
    assert await answering(b"204 No Content", asked, token="hush") == "answered with status 204"

    head, _, body = asked[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /restart HTTP/1.1\r\n")
    assert b"authorization: bearer hush" in head.lower()
    assert json.loads(body) == {
        "event": "restart",
        "replica": "gpu1:11434",
        "url": "http://gpu1:11434",
        "reason": "unwell",
    }


async def test_without_a_token_none_is_sent() -> None:
    asked: list[bytes] = []
    await answering(b"200 OK", asked)

    assert b"authorization" not in asked[0].lower()


@pytest.mark.parametrize("status", [b"302 Found\r\nLocation: /elsewhere", b"404 Not Found", b"500 Oh"])
async def test_anything_but_success_is_a_failure_and_no_redirect_is_followed(status: bytes) -> None:
    asked: list[bytes] = []
    with pytest.raises(HookFailed, match=rf"answered with status {status[:3].decode()}"):
        await answering(status, asked)

    assert len(asked) == 1


async def test_a_webhook_that_does_not_answer_is_given_up() -> None:
    async def silent(peer: Peer) -> None:
        await peer.request()
        await peer.until_gone()

    async with scripted_server(silent) as server:
        with pytest.raises(HookFailed, match=r"within 0\.2 s"):
            await WebhookHook(server.url, 0.2)(CALL)


async def test_a_webhook_that_is_nowhere_is_told_without_its_address() -> None:
    with pytest.raises(HookFailed, match="ConnectError") as failed:
        await WebhookHook("http://127.0.0.1:9/secret", 10)(CALL)

    assert "secret" not in str(failed.value)


async def test_a_command_is_told_what_happened(tmp_path: Path) -> None:
    code = "import os; print(os.environ['REPLICA_NAME'], os.environ['REPLICA_URL'], os.environ['RESTART_REASON'])"

    assert await CommandHook(python(tmp_path, code), 20)(CALL) == (
        "ended with code 0: gpu1:11434 http://gpu1:11434 unwell"
    )


async def test_a_command_that_fails_tells_how(tmp_path: Path) -> None:
    with pytest.raises(HookFailed, match="ended with code 4: no such unit"):
        await CommandHook(python(tmp_path, "print('no such unit'); raise SystemExit(4)"), 20)(CALL)
    with pytest.raises(HookFailed, match=r"cannot be started: .*No such file"):
        await CommandHook(program(tmp_path, "/nowhere/at/all"), 20)(CALL)


async def test_a_command_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    slow = python(tmp_path, SLOW, PIDS=str(tmp_path / "pids"))
    with pytest.raises(HookFailed, match="longer than 1 s"):
        await CommandHook(slow, 1)(CALL)

    assert not any(is_alive(pid) for pid in numbers_in(tmp_path / "pids", 1) or ())


class Hooked:
    """A replica with a hook that runs for real, and the pool that it is in."""

    def __init__(self, hook: RestartHook, *, interval: float = 600, unhealthy_after: float = 0.05) -> None:
        self.pool = MemoryPool("http://gpu1:11434")
        policy = RestartPolicy(unhealthy_after=unhealthy_after, start_grace=unhealthy_after)
        spec = HookedSpec(GPU, "http://gpu1:11434", interval, policy)
        self.one = HookedReplica(spec, hook, PoolAudience(self.pool), SystemClock(), glance=0.05)
        self.recoveries = ReplicaRecoveries({GPU: self.one})
        self.pool.is_now(GPU, Health.HEALTHY)

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Hooked"]:
        async with self.recoveries:
            await until(lambda: self.one.status().state is RecoveryState.WATCHING)
            yield self

    async def ran(self, times: int) -> None:
        await until(lambda: self.one.status().restarts == times and self.one.status().state is RecoveryState.WATCHING)


async def test_the_hook_runs_when_the_replica_stays_unwell_and_not_again_within_its_interval(tmp_path: Path) -> None:
    async with Hooked(CommandHook(python(tmp_path, "print('done')"), 20)).running() as hooked:
        assert hooked.one.status().restarts == 0
        hooked.pool.is_now(GPU, Health.OPEN)
        await hooked.ran(1)
        await asyncio.sleep(0.5)

        status = hooked.one.status()
        assert (status.kind, status.restarts, status.detail) == ("command", 1, "ended with code 0: done")
        assert hooked.pool.told == [("restarted", GPU)]


async def test_a_hook_that_failed_is_told_and_runs_again_after_its_interval(tmp_path: Path) -> None:
    broken = CommandHook(python(tmp_path, "raise SystemExit(1)"), 20)
    async with Hooked(broken, interval=0.1).running() as hooked:
        hooked.pool.is_now(GPU, Health.DOWN)
        await until(lambda: hooked.one.status().restarts >= 2)

        assert hooked.one.status().detail == "failed: ended with code 1"
        assert hooked.pool.told == []


async def test_an_administrator_may_run_it_but_not_too_often(tmp_path: Path) -> None:
    async with Hooked(CommandHook(python(tmp_path, "pass"), 20)).running() as hooked:
        hooked.recoveries.restart(GPU)
        with pytest.raises(Conflict):
            hooked.recoveries.restart(GPU)
        await hooked.ran(1)
        with pytest.raises(Conflict) as refused:
            hooked.recoveries.restart(GPU)

        assert 500 < (refused.value.retry_after or 0) <= 600


async def test_the_end_does_not_wait_for_a_hook(tmp_path: Path) -> None:
    slow = CommandHook(python(tmp_path, SLOW, PIDS=str(tmp_path / "pids")), 600)
    async with asyncio.timeout(30), Hooked(slow).running() as hooked:
        hooked.recoveries.restart(GPU)
        await until(lambda: numbers_in(tmp_path / "pids", 1) is not None)

    assert not any(is_alive(pid) for pid in numbers_in(tmp_path / "pids", 1) or ())
    assert hooked.one.status().state is RecoveryState.STOPPED
