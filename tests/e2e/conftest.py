"""One service over one simulator for all tests that do not disturb them."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest

from tests.e2e.api import Caller, client, registered
from tests.e2e.processes import Running, started

MODELS = (
    "llama3.2,qwen3,gemma3,nomic-embed-text,fault-refuse,fault-die-mid-stream,fault-end-without-done,"
    "fault-error-line,fault-oom,fault-crash,fault-garbage,fault-half-line,fault-huge-line,fault-hang"
)


@pytest.fixture(scope="session")
def simulator() -> Iterator[Running]:
    options = ("--tokens-per-second", "200", "--load-seconds", "0.05", "--slots", "64", "--reply-tokens", "40")
    with started("simulate", "--port", "0", "--models", MODELS, *options) as running:
        yield running


@pytest.fixture(scope="session")
def service(simulator: Running, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with served(simulator.url, tmp_path_factory.mktemp("service")) as running:
        yield running


def served(replica: str, data: Path, **variables: str):
    """The service on a data folder, with bounds that do not get in the way."""
    return started(
        "serve", "--port", "0",
        **{
            "OLLAMA_BASE_URLS": replica,
            "OLLAMANET_DATA_DIR": str(data),
            "OLLAMANET_SLOTS_PER_MODEL": "64",
            "OLLAMANET_QUEUE_DEPTH": "256",
            "OLLAMANET_USER_CONCURRENCY": "256",
            "OLLAMANET_USER_RPM": "1000000",
            "OLLAMANET_USER_TPM": "1000000000",
            **{f"OLLAMANET_{name}_RPM": "1000000" for name in ("LOGIN", "REGISTER", "RECOVERY", "AUTH")},
            "OLLAMANET_ARGON2_MEMORY_KIB": "64",
            "OLLAMANET_ARGON2_TIME_COST": "1",
            "OLLAMANET_DEFAULT_MODEL": "llama3.2",
            **variables,
        },
    )  # fmt: skip


@pytest.fixture
async def http(service: Running) -> AsyncIterator[httpx.AsyncClient]:
    async with client(service.url) as opened:
        yield opened


@pytest.fixture
async def caller(http: httpx.AsyncClient) -> Caller:
    return await registered(http)
