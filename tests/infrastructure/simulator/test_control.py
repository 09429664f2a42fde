"""`/simulator/…`: what the daemon tells about itself."""

import pytest
from tests.infrastructure.simulator.daemons import daemon

pytestmark = pytest.mark.anyio


async def test_stats_count_what_was_done() -> None:
    async with daemon() as ollama:
        await ollama.chat()
        await ollama.chat("missing")
        await ollama.post("/api/embed", model="embedder", input=["one", "two"])
        await ollama.http.get("/api/tags")
        stats = await ollama.stats()

    assert stats["requests"] == {"POST /api/chat": 2, "POST /api/embed": 1, "GET /api/tags": 1}
    assert (stats["generated_tokens"], stats["prompt_tokens"], stats["embeddings"]) == (6, 16, 2)
    assert (stats["loads"], stats["unloads"], stats["in_flight"]) == (2, 0, 0)
    assert stats["loaded"] == ["embedder:latest", "native:latest"]
    assert stats["open_connections"] == 1


async def test_a_reset_zeroes_the_totals_and_keeps_what_is_loaded() -> None:
    async with daemon() as ollama:
        await ollama.chat()
        await ollama.post("/simulator/faults", fault="busy")
        reset = await ollama.http.post("/simulator/reset")
        stats = await ollama.stats()
        planned = (await ollama.http.get("/simulator/faults")).json()

    assert reset.status_code == 204
    assert (stats["requests"], stats["generated_tokens"], stats["loads"]) == ({}, 0, 0)
    assert stats["loaded"] == ["native:latest"]
    assert planned == {"faults": []}
