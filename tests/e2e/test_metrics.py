"""The running service counts what happens to it, and tells whoever may know."""

import asyncio
from pathlib import Path

import httpx
import pytest

from tests.contracts.metrics_text import Scraped
from tests.e2e.api import client, registered
from tests.e2e.conftest import served
from tests.e2e.processes import Running, started

pytestmark = pytest.mark.anyio

CHATS = "/api/v1/chats/stream"
TOKEN = "prometheus alone knows this".replace(" ", "-")


@pytest.fixture
def slow_simulator():
    options = ("--tokens-per-second", "20", "--load-seconds", "0", "--slots", "4", "--reply-tokens", "2000")
    with started("simulate", "--port", "0", "--models", "llama3.2", *options) as running:
        yield running


async def scrape(http: httpx.AsyncClient) -> Scraped:
    # What was rendered in this second may be older than what just happened.
    await asyncio.sleep(1.05)
    response = await http.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    return Scraped(response.text)


async def test_every_status_is_counted_and_no_path_is_a_label(slow_simulator: Running, tmp_path: Path) -> None:
    with served(slow_simulator.url, tmp_path, OLLAMANET_USER_CONCURRENCY="1", OLLAMANET_METRICS_TOKEN=TOKEN) as running:
        async with client(running.url) as http:
            caller = await registered(http)
            assert (await http.get("/metrics")).status_code == 401
            assert (await http.get("/metrics", headers=caller.headers)).status_code == 401
            assert (await http.get("/api/v1/me")).status_code == 401
            for number in range(20):
                assert (await http.get(f"/nowhere/{number}")).status_code == 404
            assert (await http.delete("/api/v1/me")).status_code == 405
            assert (await caller.post(CHATS, {"message": "x" * 2_000_000})).status_code == 413
            async with caller.streaming({"message": "Talk at length"}) as (_, events):
                await anext(event async for event in events if event.name == "token")
                assert (await caller.post(CHATS, {"message": "And I?"})).status_code == 429
            # The first one's client has left; its slot is free within a second of that.
            while (await caller.get("/api/v1/system/usage")).json()["in_flight"]:
                pass
            whole = await caller.stream({"message": "Say three words", "options": {"num_predict": 3}})
            assert whole[-1].name == "done"
            seen = await scrape(http)

    requests = seen.named("http_requests_total")
    assert requests["GET", "/api/v1/me", "401"] == 1
    assert requests["GET", "/metrics", "401"] == 2
    assert requests["GET", "unmatched", "404"] == 20
    assert requests["DELETE", "unmatched", "405"] == 1
    assert (requests["POST", CHATS, "413"], requests["POST", CHATS, "429"]) == (1, 1)
    assert requests["POST", CHATS, "200"] == 2
    assert requests["POST", "/api/v1/auth/register", "201"] == 1
    assert seen.named("http_clients_gone_total") == {(CHATS,): 1}
    assert seen["ollamanet_http_refusals_total", "too_many_in_flight"] == 1
    # The one that is being counted now is the scrape itself.
    assert seen["ollamanet_http_requests_in_flight"] == 1
    assert not any(part in str(seen.samples) for part in ("nowhere", caller.user["id"], caller.user["username"], TOKEN))
