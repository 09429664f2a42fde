"""The profile of models of a running service, and its models kept warm."""

import asyncio
from pathlib import Path

import pytest

from tests.e2e.api import Caller, client, registered
from tests.e2e.conftest import served
from tests.e2e.processes import started

FILE = """
profiles:
  small: {system_memory: 0GB}
  large:
    gpu_memory: 20GB
    default: {num_ctx: 5000, keep_alive: 1h}
    prewarm: [llama3.2, nomic-embed-text]
    models:
      nomic-embed-text: {num_ctx: 2048}
"""


async def warm(caller: Caller) -> dict:
    for _ in range(200):
        answer = (await caller.get("/api/v1/system/profile")).json()
        if all(each["state"] == "warm" for model in answer["prewarm"]["models"] for each in model["replicas"]):
            return answer
        await asyncio.sleep(0.05)
    raise AssertionError(f"it never was warm: {answer}")


@pytest.mark.anyio
async def test_the_profile_is_chosen_by_memory_told_and_its_models_are_warm(tmp_path: Path) -> None:
    (tmp_path / "models.yaml").write_text(FILE)
    variables = {"OLLAMANET_MODELS_FILE": str(tmp_path / "models.yaml"), "OLLAMANET_GPU_MEMORY": "24GB"}
    models = "llama3.2,qwen3,nomic-embed-text"
    with started("simulate", "--port", "0", "--models", models, "--load-seconds", "0.4") as simulator:
        with served(simulator.url, tmp_path / "data", **variables) as service:
            async with client(service.url) as http:
                ada = await registered(http)
                answer = await warm(ada)
                events = await ada.stream({"message": "Hi", "model": "llama3.2"})
                nobody = await http.get("/api/v1/system/profile")
        async with client(simulator.url) as http:
            loaded = (await http.get("/api/ps")).json()["models"]

    assert [event.data["cold_load"] for event in events if event.name == "started"] == [False]
    assert answer["name"] == "large"
    assert answer["why"] == "OLLAMANET_GPU_MEMORY states 24 GB of GPU memory; 'large' is for 20 GB and more."
    assert (nobody.status_code, nobody.json()["code"]) == (401, "unauthenticated")
    assert {model["name"]: model["context_length"] for model in loaded} == {
        "llama3.2:latest": 5000,
        "nomic-embed-text:latest": 2048,
    }
