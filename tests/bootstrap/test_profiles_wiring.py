"""The profile that settings lead to, and what is kept warm for it."""

import asyncio
from pathlib import Path

import msgspec
import pytest
import structlog
from tests.fakes.kernel.callers import a_user
from tests.infrastructure.inference.warming import OPTIONS
from tests.infrastructure.kernel.http_clients import fast_transport, until

from ollamanet.application.inference.queries.get_active_profile import ProfileAccount
from ollamanet.bootstrap.profiles_wiring import choose_active, kept_warm, located
from ollamanet.bootstrap.settings import Settings
from ollamanet.bootstrap.settings_sources import load_settings
from ollamanet.bootstrap.storage import StartRefused
from ollamanet.domain.inference.hardware_profile import Hardware
from ollamanet.domain.inference.warmth import WarmState
from ollamanet.domain.kernel.chat import Priority
from ollamanet.domain.kernel.model_name import ModelName
from ollamanet.infrastructure.inference.ollama_address import ReplicaAddress
from ollamanet.infrastructure.inference.ollama_api import OllamaApi
from ollamanet.infrastructure.kernel.system_clock import SystemClock
from ollamanet.infrastructure.simulator.server import running_simulator

pytestmark = pytest.mark.anyio
FILE = """
profiles:
  small: {system_memory: 0GB}
  large:
    gpu_memory: 10GB
    default: {num_ctx: 8192}
    prewarm: [talker, embedder]
    classes: {background: {total_timeout: 10m}}
    models: {embedder: {keep_alive: forever}}
"""


@pytest.fixture(autouse=True)
def _in_a_folder_with_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mine.yaml").write_text(FILE)


def settings(**environ: str) -> Settings:
    return load_settings({"OLLAMANET_MODELS_FILE": "mine.yaml", "OLLAMANET_GPU_MEMORY": "12GB", **environ})


def states(account: ProfileAccount) -> list[WarmState]:
    return [replica.state for kept in account.warm for replica in kept.replicas]


async def test_the_settings_fill_in_what_the_file_leaves_open() -> None:
    chosen = await choose_active(settings(OLLAMANET_PROMPT_TOKENS="1000", OLLAMANET_QUEUE_TIMEOUT_S="7"))

    assert chosen.choice.profile.name == "large"
    assert (chosen.profiles, chosen.shipped) == (("small", "large"), False)
    assert chosen.active.of(ModelName("any")).prompt_tokens == 1000
    assert chosen.active.bounds_of(Priority.INTERACTIVE) == (7.0, 120.0)
    assert chosen.active.bounds_of(Priority.BACKGROUND) == (7.0, 600.0)


async def test_a_limit_that_the_context_has_no_room_for_is_told() -> None:
    with structlog.testing.capture_logs() as logs:
        chosen = await choose_active(settings(OLLAMANET_PROMPT_TOKENS="10000"))

    assert chosen.active.default.prompt_tokens == 8192 - 256
    assert [line["event"] for line in logs] == ["profile", "prompt limit is lowered"]
    assert logs[1]["detail"] == "num_ctx 8192 has room for prompts of 7936 tokens, not 10000"


async def test_without_a_file_it_is_the_shipped_one() -> None:
    chosen = await choose_active(load_settings({"OLLAMANET_PROFILE": "24gb"}))

    assert chosen.shipped
    assert chosen.choice.profile.name == "24gb"


def test_a_file_that_changed_since_it_was_checked_refuses_the_start() -> None:
    good = settings()
    Path("mine.yaml").write_text("profiles: 3")

    with pytest.raises(StartRefused, match=r"mine\.yaml line 1: profiles: expected"):
        asyncio.run(choose_active(good))


@pytest.mark.parametrize(
    ("urls", "local", "remote"),
    [
        (["http://127.0.0.1:11434"], True, ()),
        (["http://localhost:1", "https://[::1]:2/x"], True, ()),
        (["http://gpu1:11434", "http://127.0.0.9:1"], True, ("gpu1:11434",)),
        (["http://gpu1:11434", "http://10.0.0.2:11434"], False, ("gpu1:11434", "10.0.0.2:11434")),
    ],
)
def test_replicas_on_other_machines_are_told_apart(urls: list[str], *, local: bool, remote: tuple[str, ...]) -> None:
    assert located(Hardware(), urls) == Hardware(local=local, remote=remote)


async def test_the_profiles_models_are_kept_warm_with_their_own_settings() -> None:
    async with running_simulator(OPTIONS) as running, fast_transport() as transport:
        api = OllamaApi(ReplicaAddress(running.base_url), transport)
        chosen = await choose_active(settings())
        async with kept_warm(chosen, settings(), lambda: [api], SystemClock()) as get_active_profile:
            await until(lambda: states(get_active_profile(a_user())) == [WarmState.WARM] * 2)
        loaded = {runner.installed.name: runner for runner in running.simulator.scheduler.runners}

    assert (loaded["talker:latest"].load.num_ctx, loaded["talker:latest"].keep_alive) == (8192, 1800)
    assert loaded["embedder:latest"].keep_alive == float("inf")


async def test_nothing_is_loaded_where_that_is_turned_off() -> None:
    off = settings(OLLAMANET_PREWARM="off")
    async with running_simulator(msgspec.structs.replace(OPTIONS)) as running, fast_transport() as transport:
        api = OllamaApi(ReplicaAddress(running.base_url), transport)
        async with kept_warm(await choose_active(off), off, lambda: [api], SystemClock()) as get_active_profile:
            account = get_active_profile(a_user())

        assert not account.keeps_warm
        assert [str(kept.model) for kept in account.warm] == ["talker:latest", "embedder:latest"]
        assert running.simulator.counters.requests.total() == 0
