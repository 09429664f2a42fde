"""The adapters against the simulator: every fault it has, and the ways of a daemon that is well."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from tests.infrastructure.inference.ollama_answers import request, said
from tests.infrastructure.inference.ollama_daemon import PATIENT, heard
from tests.infrastructure.kernel.http_clients import fast_transport, until

from ollamanet.domain.inference.errors import (
    ModelNotFound,
    ReplicaBusy,
    ReplicaFailed,
    ReplicaGarbled,
    ReplicaLost,
    ReplicaSilent,
    UpstreamError,
)
from ollamanet.domain.kernel.chat import ReplyRequest, Role, Sampling, Turn
from ollamanet.domain.kernel.errors import InvalidRequest, Refusal
from ollamanet.domain.kernel.reply import Delta, DoneReason, Finished, Text, Thinking, ToolCalled
from ollamanet.infrastructure.inference.ollama_address import ReplicaAddress, ReplicaTimeouts
from ollamanet.infrastructure.inference.ollama_chat import OllamaChat
from ollamanet.infrastructure.kernel.http_transport import FastTransport
from ollamanet.infrastructure.simulator.app import Simulator
from ollamanet.infrastructure.simulator.faults import Kind
from ollamanet.infrastructure.simulator.options import ModelSpec, SimulatorOptions
from ollamanet.infrastructure.simulator.server import running_simulator

pytestmark = pytest.mark.anyio
TALKER = ModelSpec(name="talker")
THINKER = ModelSpec(name="thinker", path="rendered", capabilities=("completion", "tools", "thinking"))
EMBEDDER = ModelSpec(name="embedder", capabilities=("embedding",))
FAULTY = tuple(ModelSpec(name=f"with-{kind.label}", fault=kind.label) for kind in Kind)
OPTIONS = SimulatorOptions(
    port=0,
    models=(TALKER, THINKER, EMBEDDER, ModelSpec(name="fault-huge-line:1024"), *FAULTY),
    tokens_per_second=0,
    prompt_tokens_per_second=0,
    load_seconds=0,
    unload_seconds=0,
    reply_tokens=6,
    slow_headers_seconds=0.05,
)
TOOLS = '[{"type":"function","function":{"name":"weather","parameters":{"type":"object","properties":{}}}}]'


@dataclass(frozen=True, slots=True)
class Rig:
    simulator: Simulator
    transport: FastTransport
    address: ReplicaAddress

    def chat(self, timeouts: ReplicaTimeouts = PATIENT) -> OllamaChat:
        return OllamaChat(self.address, self.transport, timeouts, lambda: "made")

    async def asked(self, asked: ReplyRequest, timeouts: ReplicaTimeouts = PATIENT) -> list[Delta]:
        deltas, failure = await heard(await self.chat(timeouts).open(asked, timeout=30))
        if failure is not None:
            raise failure
        return deltas


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    async with running_simulator(OPTIONS) as running, fast_transport() as transport:
        yield Rig(running.simulator, transport, ReplicaAddress(running.base_url))


AT_ONCE: dict[Kind, type[Refusal]] = {
    Kind.REFUSE: ReplicaLost,
    Kind.CUT_HEADERS: ReplicaLost,
    Kind.BUSY: ReplicaBusy,
    Kind.FORBIDDEN: UpstreamError,
    Kind.PROXY_PAGE: ReplicaFailed,
    Kind.OOM: ReplicaFailed,
    Kind.LOAD_CRASH: ReplicaFailed,
    Kind.LOAD_STALL: ReplicaFailed,
    Kind.HANG: ReplicaSilent,
    Kind.EMPTY: ReplicaLost,
}
LATER: dict[Kind, type[Refusal]] = {
    Kind.STALL: ReplicaSilent,
    Kind.DIE: ReplicaLost,
    Kind.RESET: ReplicaLost,
    Kind.NO_DONE: ReplicaLost,
    Kind.ERROR_LINE: ReplicaFailed,
    Kind.CRASH: ReplicaFailed,
    Kind.GARBAGE: ReplicaGarbled,
    Kind.HALF_LINE: ReplicaLost,
    Kind.HUGE_LINE: ReplicaGarbled,
    Kind.REPETITION: ReplicaLost,
}
SURVIVED = {Kind.SLOW_HEADERS}


def test_every_fault_is_tried() -> None:
    assert set(Kind) == AT_ONCE.keys() | LATER.keys() | SURVIVED


@pytest.mark.parametrize(("fault", "expected"), AT_ONCE.items(), ids=str)
async def test_a_fault_before_the_first_piece(rig: Rig, fault: Kind, expected: type[Refusal]) -> None:
    chat = rig.chat(ReplicaTimeouts(first_token=0.3) if fault is Kind.HANG else PATIENT)
    with pytest.raises(expected) as caught:
        await chat.open(request(model=f"with-{fault.label}"), timeout=30)

    assert type(caught.value) is expected
    await until(lambda: rig.transport.open_connections == rig.transport.idle_connections)
    assert said(await rig.asked(request(model="talker")))


@pytest.mark.parametrize(("fault", "expected"), LATER.items(), ids=str)
async def test_a_fault_in_mid_stream(rig: Rig, fault: Kind, expected: type[Refusal]) -> None:
    chat = rig.chat(ReplicaTimeouts(silence=0.3) if fault is Kind.STALL else PATIENT)
    reply = await chat.open(request(model=f"with-{fault.label}"), timeout=30)
    deltas, failure = await heard(reply)

    assert said(deltas)
    assert type(failure) is expected
    await until(lambda: rig.transport.open_connections == rig.transport.idle_connections)
    assert said(await rig.asked(request(model="talker")))


async def test_slow_headers_are_waited_for(rig: Rig) -> None:
    deltas = await rig.asked(request(model=f"with-{Kind.SLOW_HEADERS.label}"))

    assert isinstance(deltas[-1], Finished)


async def test_a_line_may_be_large(rig: Rig) -> None:
    deltas = await rig.asked(request(model="fault-huge-line:1024"))

    assert isinstance(deltas[-1], Finished)
    assert len(said(deltas)) > 1024 * 1024


async def test_a_reply_is_whole_and_counted(rig: Rig) -> None:
    deltas = await rig.asked(request(model="talker"))
    finished = deltas[-1]

    assert isinstance(finished, Finished)
    assert finished.usage.completion_tokens == 6
    assert finished.usage.prompt_tokens
    assert all(isinstance(delta, Text) for delta in deltas[:-1])


async def test_a_bound_of_tokens_is_a_length(rig: Rig) -> None:
    finished = (await rig.asked(request(model="talker", sampling=Sampling(options={"num_predict": 2}))))[-1]

    assert isinstance(finished, Finished)
    assert (finished.reason, finished.usage.completion_tokens) == (DoneReason.LENGTH, 2)


async def test_thinking_comes_first(rig: Rig) -> None:
    deltas = await rig.asked(request(model="thinker", sampling=Sampling(think=True)))

    assert isinstance(deltas[0], Thinking)
    assert said(deltas)


@pytest.mark.parametrize("model", ["talker", "thinker"])
async def test_tools_are_called_by_name_with_an_object(rig: Rig, model: str) -> None:
    deltas = await rig.asked(request("weather?", model=model, sampling=Sampling(tools=TOOLS, think=None)))
    calls = [delta.call for delta in deltas if isinstance(delta, ToolCalled)]

    assert [call.name for call in calls] == ["weather"]
    assert calls[0].id
    assert calls[0].arguments.startswith("{")
    turns = (Turn(Role.USER, "weather?"), Turn(Role.ASSISTANT, "", tool_calls=tuple(calls)), Turn(Role.TOOL, "rain"))
    asked = request(model=model)
    assert said(await rig.asked(ReplyRequest(asked.request_id, asked.user, asked.model, turns)))


async def test_json_comes_when_it_is_asked_for(rig: Rig) -> None:
    schema = '{"type":"object","properties":{"n":{"type":"integer"}},"required":["n"]}'

    assert said(await rig.asked(request(model="talker", sampling=Sampling(format=schema)))).startswith("{")


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (request(model="nobody-has-it"), ModelNotFound),
        (request(model="embedder"), InvalidRequest),
        (request(model="talker", sampling=Sampling(think=True)), InvalidRequest),
        (request(model="talker", sampling=Sampling(options={"temperature": "hot"})), InvalidRequest),
        (request(model="thinker", sampling=Sampling(think="ultra")), InvalidRequest),
    ],
)
async def test_what_the_replica_refuses(rig: Rig, asked: ReplyRequest, expected: type[Refusal]) -> None:
    with pytest.raises(expected) as caught:
        await rig.asked(asked)

    assert type(caught.value) is expected
    assert rig.transport.idle_connections == 1


async def test_a_consumer_that_goes_makes_the_replica_stop_within_a_second(rig: Rig) -> None:
    reply = await rig.chat().open(request(model=f"with-{Kind.STALL.label}"), timeout=30)
    waiting = asyncio.create_task(heard(reply))
    await asyncio.sleep(0.01)
    waiting.cancel()

    async with asyncio.timeout(1):
        await until(lambda: rig.simulator.counters.cancelled == 1 and rig.simulator.counters.in_flight == 0)
    await asyncio.wait({waiting})
    assert waiting.cancelled()


async def test_one_connection_serves_one_reply_after_another(rig: Rig) -> None:
    for _ in range(20):
        await rig.asked(request(model="talker"))
        await until(lambda: rig.transport.idle_connections == 1)

    assert rig.transport.open_connections == 1
