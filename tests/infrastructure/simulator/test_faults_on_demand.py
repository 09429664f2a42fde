"""Faults of other routes, and every way to ask for one: by a spec, by a header, by plan, by a name."""

import httpx
import pytest
from tests.infrastructure.simulator.daemons import NATIVE, daemon, lines

from ollamanet.infrastructure.simulator.faults import Fault, Kind
from ollamanet.infrastructure.simulator.options import ModelSpec

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("fault", ["hang", "stall"])
async def test_other_routes_can_hang_too(fault: str) -> None:
    async with daemon() as ollama:
        with pytest.raises(httpx.ReadTimeout):
            await ollama.http.get("/api/version", headers={"x-simulator-fault": fault}, timeout=0.1)


@pytest.mark.parametrize("fault", ["die-mid-stream", "reset-mid-stream", "refuse", "cut-headers"])
async def test_other_routes_can_lose_their_connection_too(fault: str) -> None:
    async with daemon() as ollama:
        with pytest.raises(httpx.TransportError):
            await ollama.http.get("/api/tags", headers={"x-simulator-fault": fault})

        assert (await ollama.http.get("/api/tags")).status_code == 200
        assert ollama.simulator.counters.cancelled == 0


@pytest.mark.parametrize("fault", ["garbage", "half-line", "empty", "end-without-done"])
async def test_other_routes_can_answer_what_is_not_json_too(fault: str) -> None:
    async with daemon() as ollama:
        answer = await ollama.http.get("/api/ps", headers={"x-simulator-fault": fault})

    with pytest.raises(ValueError):
        answer.json()
    assert answer.status_code == 200


@pytest.mark.parametrize("fault", ["error-line", "crash", "oom"])
async def test_other_routes_can_fail_too(fault: str) -> None:
    async with daemon() as ollama:
        answer = await ollama.http.get("/api/ps", headers={"x-simulator-fault": fault})

    assert answer.status_code == 500


async def test_a_pull_can_break_off() -> None:
    async with daemon() as ollama:
        with pytest.raises(httpx.RemoteProtocolError):
            await ollama.post("/api/pull", model="fault-die-mid-stream")
        cut = lines(await ollama.post("/api/pull", model="fault-end-without-done"))
        failed = lines(await ollama.post("/api/pull", model="fault-error-line"))

    assert "digest" in cut[-1]
    assert list(failed[-1]) == ["error"]


async def test_a_fault_of_a_spec_strikes_a_model_with_an_innocent_name() -> None:
    async with daemon(models=(ModelSpec(name="innocent", fault="error-line:1"),)) as ollama:
        answer = lines(await ollama.chat("innocent"))

    assert (len(answer), list(answer[-1])) == (2, ["error"])


async def test_a_planned_fault_strikes_the_next_requests_and_no_more() -> None:
    async with daemon() as ollama:
        planned = await ollama.post("/simulator/faults", fault="busy", requests=2)
        tags = await ollama.http.get("/api/tags")
        statuses = [(await ollama.chat()).status_code for _ in range(3)]
        stats = await ollama.stats()

    assert planned.json() == {"faults": [{"fault": "busy", "requests": 2, "model": "", "route": ""}]}
    assert tags.status_code == 200
    assert statuses == [503, 503, 200]
    assert stats["faults"] == {"busy": 2}


async def test_a_planned_fault_can_be_for_one_model_or_one_route() -> None:
    async with daemon() as ollama:
        await ollama.post("/simulator/faults", fault="busy", model="rendered")
        await ollama.post("/simulator/faults", fault="forbidden", route="/api/version")
        native, rendered = await ollama.chat("native"), await ollama.chat("rendered")
        version = await ollama.http.get("/api/version")

    assert (native.status_code, rendered.status_code, version.status_code) == (200, 503, 403)


async def test_planned_faults_can_be_called_off() -> None:
    async with daemon() as ollama:
        await ollama.post("/simulator/faults", fault="busy", requests=9)
        await ollama.http.delete("/simulator/faults")
        left = (await ollama.http.get("/simulator/faults")).json()

        assert left == {"faults": []}
        assert (await ollama.chat()).status_code == 200


async def test_an_unknown_fault_is_refused() -> None:
    async with daemon() as ollama:
        planned = await ollama.post("/simulator/faults", fault="sulk")
        header = await ollama.http.get("/api/tags", headers={"x-simulator-fault": "sulk"})
        name = await ollama.chat("fault-sulk")

    assert (planned.status_code, header.status_code, name.status_code) == (400, 400, 404)


async def test_models_that_are_faults_are_not_listed_unless_installed() -> None:
    async with daemon(models=(NATIVE, "fault-hang")) as ollama:
        names = {model["name"] for model in (await ollama.http.get("/api/tags")).json()["models"]}
        shown = await ollama.post("/api/show", model="fault-oom")

    assert names == {"native:latest", "fault-hang:latest"}
    assert shown.status_code == 200


@pytest.mark.parametrize("kind", list(Kind))
def test_every_fault_is_found_by_its_name(kind: Kind) -> None:
    assert Fault.parse(kind.label) == Fault(kind, kind.amount)
    assert Fault.parse(f"{kind.label}:7") == Fault(kind, 7)
    assert Fault.parse(f"{kind.label}:x") is None
