"""The administration of replicas over a real database, with processes that it runs itself."""

import json
import os
import signal
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from tests.application.inference.replica_desk import BOSS
from tests.fakes.inference.memory_pool import MemoryPool
from tests.fakes.inference.memory_replicas import FixedLoads
from tests.infrastructure.inference.programs import free_port, is_alive, until

from ollamanet.application.inference.commands.add_replica import AddReplica
from ollamanet.application.inference.commands.drain_replica import DrainReplica
from ollamanet.application.inference.queries.inspect_replicas import InspectReplicas
from ollamanet.application.inference.recovery_ports import RecoveryStatus
from ollamanet.application.inference.replica_ports import ReplicaOptions
from ollamanet.application.kernel.page import PageRequest
from ollamanet.bootstrap.replica_wiring import administered, configured
from ollamanet.bootstrap.settings import Settings
from ollamanet.bootstrap.settings_sources import load_settings
from ollamanet.bootstrap.storage import open_storage
from ollamanet.domain.inference.restart_policy import RecoveryState
from ollamanet.interfaces.inference.replica_routes import ReplicaUseCases

pytestmark = pytest.mark.anyio

SLEEPER = "import os, sys, time; print(sys.argv[1], os.environ['OLLAMA_HOST'], flush=True); time.sleep(600)"


def settings_of(folder: Path, port: int) -> Settings:
    command = [sys.executable, "-I", "-S", "-c", SLEEPER, "--port={port}"]
    hook = {"replica": "gpu1", "command": [sys.executable, "-c", "print('restarted')"]}
    return load_settings(
        {
            "OLLAMANET_DATA_DIR": str(folder),
            "OLLAMA_BASE_URLS": "gpu1",
            "OLLAMANET_MANAGED_REPLICAS": json.dumps([{"port": port, "command": command, "stop_grace_s": 1}]),
            "OLLAMANET_RESTART_HOOKS": json.dumps([hook]),
        }
    )


def test_each_configured_replica_is_driven_by_its_own_options_and_else_by_those_of_all() -> None:
    options = {"slots": 4, "weight": 2, "models": ["Llama3", "qwen3:8b"], "max_loaded": 1, "memory": "24GB"}
    environ = {
        "OLLAMA_BASE_URLS": "gpu1;http://gpu2",
        "OLLAMANET_REPLICA_OPTIONS": json.dumps([{"replica": "http://gpu2", **options, "memory": "1.5 GiB"}]),
        "OLLAMANET_MANAGED_REPLICAS": json.dumps([{"port": 11500, **options}, {"port": 11501, "slots": 9}]),
        "OLLAMANET_SLOTS_PER_MODEL": "2",
        "OLLAMANET_MODELS_PER_REPLICA": "5",
    }
    own = ReplicaOptions(4, 2.0, frozenset({"llama3:latest", "qwen3:8b"}), 1, 24e9)

    assert configured(load_settings(environ).pool) == {
        "http://gpu1:11434": ReplicaOptions(slots=2, max_loaded=5),
        "http://gpu2:80": replace(own, memory=1.5 * 2**30),
        "http://127.0.0.1:11500": own,
        "http://127.0.0.1:11501": ReplicaOptions(slots=9, max_loaded=5),
    }


async def recovery_of(admin: ReplicaUseCases, replica: str) -> RecoveryStatus:
    found = await admin.inspect(InspectReplicas(BOSS, PageRequest()))
    return next(each.recovery for each in found.items if each.status.id == replica and each.recovery is not None)


async def test_managed_replicas_run_while_it_is_open_and_are_started_again(tmp_path: Path) -> None:
    port = free_port()
    settings, pool = settings_of(tmp_path, port), MemoryPool("http://gpu1:11434", f"http://127.0.0.1:{port}")
    log = tmp_path / "replicas" / f"127.0.0.1_{port}.log"
    async with open_storage(settings) as storage, administered(settings, storage, pool, FixedLoads()) as admin:
        await until(lambda: log.exists() and log.read_text() == f"--port={port} 127.0.0.1:{port}\n")
        await until(lambda: len(pool.told) == 1)
        first = (await recovery_of(admin, f"127.0.0.1:{port}")).process
        assert first
        os.kill(first, signal.SIGKILL)
        await until(lambda: len(pool.told) == 3)
        second = await recovery_of(admin, f"127.0.0.1:{port}")

        assert (second.kind, second.state, second.restarts) == ("process", RecoveryState.RUNNING, 1)
        assert (await recovery_of(admin, "gpu1:11434")).kind == "command"
    assert second.process
    assert not is_alive(second.process)


async def test_what_administrators_did_outlives_a_restart(tmp_path: Path) -> None:
    port = free_port()
    settings = settings_of(tmp_path, port)
    pools = [MemoryPool("http://gpu1:11434", f"http://127.0.0.1:{port}") for _ in range(2)]
    async with open_storage(settings) as storage:
        async with administered(settings, storage, pools[0], FixedLoads()) as admin:
            name = await admin.add(AddReplica(BOSS, "http://127.0.0.1:9", name="gpu2"))
            await admin.drain(DrainReplica(BOSS, "gpu1:11434"))
        async with administered(settings, storage, pools[1], FixedLoads()):
            assert [status.drained for status in pools[1].statuses()] == [True, False, False]
            assert pools[1].status(name).url == "http://127.0.0.1:9"
