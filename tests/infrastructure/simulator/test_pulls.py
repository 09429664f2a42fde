"""Pulls: progress, shared downloads, and what an abandoned one leaves behind; models made of others."""

import asyncio
import hashlib
from typing import Any

import msgspec
import pytest
from tests.infrastructure.simulator.daemons import Daemon, daemon, eventually, lines

pytestmark = pytest.mark.anyio
SLOW = {"pull_bytes_per_second": 5_000_000.0}
SIZE = 1_000_000


def of_weights(reports: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [report for report in reports if report.get("total") == SIZE]


async def abandoned_pull(ollama: Daemon, *, after: int) -> int:
    """Pull until so many reports have come, leave, and tell how many bytes there were then."""
    completed = 0
    async with ollama.http.stream("POST", "/api/pull", json={"model": "distant"}) as answer:
        count = 0
        async for line in answer.aiter_lines():
            completed = msgspec.json.decode(line).get("completed", completed)
            if (count := count + 1) == after:
                break
    await eventually(lambda: ollama.simulator.counters.in_flight == 0)
    return completed


async def test_a_pull_reports_every_step() -> None:
    async with daemon(**SLOW) as ollama:
        reports = lines(await ollama.post("/api/pull", model="distant"))
        names = [model["name"] for model in (await ollama.http.get("/api/tags")).json()["models"]]

    first, *progress, verify, write, last = reports
    assert first == {"status": "pulling manifest"}
    assert [verify, write, last] == [
        {"status": "verifying sha256 digest"},
        {"status": "writing manifest"},
        {"status": "success"},
    ]
    assert all(report["status"] == f"pulling {report['digest'][7:19]}" for report in progress)
    assert "distant:latest" in names


async def test_a_fresh_layer_stops_reporting_before_it_is_whole() -> None:
    async with daemon(**SLOW) as ollama:
        weights = of_weights(lines(await ollama.post("/api/pull", model="distant")))

    amounts = [report.get("completed", 0) for report in weights]
    assert len(amounts) > 3
    assert amounts == sorted(amounts)
    assert "completed" not in weights[0]
    assert amounts[-1] < SIZE


async def test_a_layer_that_is_there_reports_once_that_it_is_whole() -> None:
    async with daemon(**SLOW) as ollama:
        await ollama.post("/api/pull", model="distant")
        weights = of_weights(lines(await ollama.post("/api/pull", model="distant")))

    assert [report["completed"] for report in weights] == [SIZE]


async def test_a_model_is_absent_until_its_pull_has_ended() -> None:
    async with daemon(pull_bytes_per_second=1000.0) as ollama:
        await abandoned_pull(ollama, after=3)
        answer = await ollama.chat("distant")

    assert answer.status_code == 404


async def test_an_abandoned_pull_stops_and_the_next_one_goes_on_from_there() -> None:
    async with daemon(pull_bytes_per_second=2_000_000.0) as ollama:
        before = await abandoned_pull(ollama, after=10)
        pulled = ollama.simulator.counters.pulled_bytes
        await asyncio.sleep(0.05)
        assert ollama.simulator.counters.pulled_bytes == pulled
        weights = of_weights(lines(await ollama.post("/api/pull", model="distant")))
        stats = await ollama.stats()

    assert weights[0]["completed"] >= before > 0
    assert weights[0]["completed"] == pulled
    assert stats["pulled_bytes"] < SIZE + 20_000


async def test_two_pulls_of_one_model_share_its_download() -> None:
    async with daemon(**SLOW) as ollama:
        both = await asyncio.gather(*(ollama.post("/api/pull", model="distant") for _ in range(2)))
        stats = await ollama.stats()

    assert [lines(answer)[-1] for answer in both] == [{"status": "success"}] * 2
    assert stats["pulled_bytes"] < SIZE + 20_000


async def test_one_client_leaving_does_not_stop_the_pull_of_another() -> None:
    async with daemon(pull_bytes_per_second=4_000_000.0) as ollama:
        other = asyncio.create_task(ollama.post("/api/pull", model="distant", stream=False))
        await eventually(lambda: ollama.simulator.counters.in_flight == 1)
        async with ollama.http.stream("POST", "/api/pull", json={"model": "distant"}) as answer:
            await anext(answer.aiter_lines())
        answer = await other

    assert answer.json() == {"status": "success"}


async def test_a_deleted_model_can_be_pulled_again() -> None:
    async with daemon() as ollama:
        await ollama.http.request("DELETE", "/api/delete", json={"model": "native"})
        assert (await ollama.chat()).status_code == 404
        await ollama.post("/api/pull", model="native")

        assert (await ollama.chat()).status_code == 200


async def test_a_model_made_of_another_keeps_its_weights_and_gets_a_digest_of_its_own() -> None:
    async with daemon() as ollama:
        created = lines(
            await ollama.post(
                "/api/create", model="made", **{"from": "native"}, parameters={"num_ctx": 1024, "stop": ["a"]}
            )
        )
        shown = (await ollama.post("/api/show", model="made")).json()
        await ollama.chat("made")
        loaded = await ollama.loaded()
        digests = {m["name"]: m["digest"] for m in (await ollama.http.get("/api/tags")).json()["models"]}

    assert created[0]["status"].startswith("using existing layer sha256:")
    assert [report["status"] for report in created[-2:]] == ["writing manifest", "success"]
    assert shown["parameters"].splitlines() == [f"{'num_ctx':<30} 1024", f'{"stop":<30} "a"']
    assert loaded["made"]["context_length"] == 1024
    assert digests["made:latest"] != digests["native:latest"]


async def test_a_model_made_of_one_that_is_missing_pulls_it() -> None:
    async with daemon() as ollama:
        created = lines(await ollama.post("/api/create", model="made", **{"from": "distant"}))

    assert created[0] == {"status": "pulling manifest"}
    assert created[-1] == {"status": "success"}


async def test_a_model_is_made_of_an_uploaded_file() -> None:
    digest = "sha256:" + hashlib.sha256(b"GGUF").hexdigest()
    async with daemon() as ollama:
        uploaded = await ollama.http.post(f"/api/blobs/{digest}", content=b"GGUF")
        again = await ollama.http.post(f"/api/blobs/{digest}", content=b"GGUF")
        there = await ollama.http.head(f"/api/blobs/{digest}")
        wrong = await ollama.http.post("/api/blobs/sha256:" + "0" * 64, content=b"GGUF")
        created = lines(await ollama.post("/api/create", model="made", files={"made.gguf": digest}))
        answer = await ollama.chat("made")

    assert (uploaded.status_code, again.status_code, there.status_code) == (201, 200, 200)
    assert wrong.json() == {"error": f'digest mismatch, expected "sha256:{"0" * 64}", got "{digest}"'}
    assert created[0] == {"status": "parsing GGUF"}
    assert answer.status_code == 200
