"""The simulator as a program part: where it listens, how it is told to start and how it ends."""

import asyncio
from typing import Any

import httpx
import msgspec
import pytest
from tests.infrastructure.simulator.daemons import INSTANT, daemon, eventually

from ollamanet.infrastructure.simulator.options import ModelSpec, SimulatorOptions
from ollamanet.infrastructure.simulator.server import running_simulator, serve

pytestmark = pytest.mark.anyio


async def test_serving_tells_its_address_and_goes_on_until_it_is_cancelled() -> None:
    ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    serving = asyncio.create_task(serve(INSTANT, ready=ready.set_result))
    url = await ready
    async with httpx.AsyncClient(trust_env=False) as http:
        assert (await http.get(url)).text == "Ollama is running"
        serving.cancel()
        await asyncio.wait([serving])
        with pytest.raises(httpx.ConnectError):
            await http.get(url + "/api/version")

    assert serving.cancelled()


async def test_leaving_cuts_what_is_still_under_way() -> None:
    async with running_simulator(msgspec.structs.replace(INSTANT, load_seconds=60.0)) as running:
        http = httpx.AsyncClient(base_url=running.base_url, timeout=10, trust_env=False)
        request = asyncio.create_task(http.post("/api/generate", json={"model": "native"}))
        await eventually(lambda: running.simulator.scheduler.loading != "")
    with pytest.raises(httpx.TransportError):
        await request
    await http.aclose()

    assert running.simulator.counters.in_flight == 0


async def test_an_address_that_is_taken_is_an_error() -> None:
    async with daemon() as ollama:
        port = int(ollama.base_url.rpartition(":")[2])
        with pytest.raises(OSError, match="in use"):
            await serve(msgspec.structs.replace(INSTANT, port=port))


async def test_headers_are_those_of_ollama_and_no_more() -> None:
    async with daemon() as ollama:
        answer = await ollama.http.get("/api/version")

    assert set(answer.headers) == {"date", "content-type", "content-length"}


async def test_a_host_name_is_not_checked_where_everybody_may_come() -> None:
    async with daemon(host="0.0.0.0") as ollama:
        answer = await ollama.http.get("/", headers={"host": "example.com"})

    assert ollama.base_url.startswith("http://127.0.0.1:")
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "change",
    [
        {"slots": 0},
        {"max_loaded_models": 0},
        {"load_seconds": -1.0},
        {"tokens_per_second": -1.0},
        {"pull_bytes_per_second": 0.0},
        {"progress_seconds": 0.0},
    ],
)
def test_options_that_would_stand_still_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="must"):
        SimulatorOptions(**change)


async def test_a_model_that_cannot_be_is_refused_before_anything_listens() -> None:
    with pytest.raises(ValueError, match="not a model name"):
        await serve(SimulatorOptions(port=0, models=("a b",)))
    with pytest.raises(ValueError, match="not a fault"):
        await serve(SimulatorOptions(port=0, models=(ModelSpec(name="a", fault="sulk"),)))


async def test_a_family_gives_a_model_its_traits() -> None:
    async with daemon(models=("qwen3:8b", "llava", "nomic-embed-text", "unheard-of")) as ollama:
        shown = {}
        for model in ("qwen3:8b", "llava", "nomic-embed-text", "unheard-of"):
            shown[model] = (await ollama.post("/api/show", model=model)).json()["capabilities"]

    assert shown == {
        "qwen3:8b": ["completion", "tools", "thinking"],
        "llava": ["completion", "vision"],
        "nomic-embed-text": ["embedding"],
        "unheard-of": ["completion", "tools"],
    }
