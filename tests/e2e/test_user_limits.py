"""What a user takes is counted, told, refused when it is used up, and remembered over a restart."""

from pathlib import Path

import pytest

from tests.e2e.api import Caller, client, registered
from tests.e2e.conftest import served
from tests.e2e.processes import Running

pytestmark = pytest.mark.anyio

QUESTION = {"message": "Hello", "model": "llama3.2"}


async def test_the_minute_is_told_with_a_stream_and_its_end_is_a_refusal(simulator: Running, tmp_path: Path) -> None:
    with served(simulator.url, tmp_path, OLLAMANET_USER_RPM="2") as running:
        async with client(running.url) as http:
            caller = await registered(http)
            left = []
            for _ in range(2):
                async with caller.streaming(QUESTION) as (response, events):
                    left.append(response.headers["x-ratelimit-remaining-requests"])
                    assert [event.name async for event in events][-1] == "done"
            refused = await caller.post("/api/v1/chats/stream", QUESTION)
            usage = (await caller.get("/api/v1/system/usage")).json()

    assert left == ["1", "0"]
    assert (refused.status_code, refused.json()["code"]) == (429, "rate_limited")
    assert refused.json()["limits"] == {"requests_per_minute": 2}
    assert 1 <= int(refused.headers["retry-after"]) <= 30
    assert refused.headers["x-ratelimit-remaining-requests"] == "0"
    assert (usage["in_flight"], usage["today"]["requests"]) == (0, 2)


async def test_the_tokens_of_the_day_outlive_the_process(simulator: Running, tmp_path: Path) -> None:
    with served(simulator.url, tmp_path) as running:
        async with client(running.url) as http:
            caller = await registered(http)
            done = (await caller.post("/api/v1/chats", QUESTION)).json()["usage"]
        assert running.stop() == 0
    used = done["prompt_tokens"] + done["completion_tokens"]
    with served(simulator.url, tmp_path, OLLAMANET_USER_TPD=str(used + 1)) as running:
        async with client(running.url) as http:
            again = Caller(http, caller.token, caller.user)
            usage = (await again.get("/api/v1/system/usage")).json()
            refused = await again.post("/api/v1/chats", QUESTION)

    assert (usage["tokens_per_day"]["used"], usage["tokens_per_day"]["remaining"]) == (used, 1)
    assert (refused.status_code, refused.json()["code"]) == (429, "quota_exceeded")
    assert refused.json()["retry_after"] > 0
