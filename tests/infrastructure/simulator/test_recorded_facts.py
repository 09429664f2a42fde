"""The simulator answers field by field what the real server was seen to answer."""

from dataclasses import replace

import msgspec
import pytest
from tests.infrastructure.simulator import facts_of_chats, facts_of_completions, facts_of_models, facts_of_routing
from tests.infrastructure.simulator.daemons import NATIVE, daemon, lines
from tests.infrastructure.simulator.facts import Fact
from tests.infrastructure.simulator.facts_of_models import RUNNING, TAGGED
from tests.infrastructure.simulator.likeness import UTC_STAMP

pytestmark = pytest.mark.anyio
FACTS = [*facts_of_routing.FACTS, *facts_of_chats.FACTS, *facts_of_completions.FACTS, *facts_of_models.FACTS]
_ALLOWED_HEADERS = {"date", "content-type", "content-length", "transfer-encoding", "allow", "location"}


@pytest.mark.parametrize("fact", [pytest.param(fact, id=f"{fact.section} {fact.title}") for fact in FACTS])
async def test_answers_as_the_real_server_did(fact: Fact) -> None:
    body = msgspec.json.encode(fact.send) if fact.send is not None else fact.content

    async with daemon() as ollama:
        answer = await ollama.http.request(fact.method, fact.path, content=body, headers=fact.sent_headers)

    assert answer.status_code == fact.status
    assert answer.headers.get("content-type") == fact.content_type
    assert set(answer.headers) <= _ALLOWED_HEADERS
    assert {name: answer.headers.get(name) for name in fact.headers} == fact.headers
    if fact.text is not None:
        assert answer.text == fact.text
    if fact.json is not None:
        assert not answer.content.endswith(b"\n")
        assert answer.json() == fact.json
    if fact.lines is not None:
        assert lines(answer) == list(fact.lines)


async def test_the_list_of_models_has_every_field() -> None:
    async with daemon(models=(NATIVE,)) as ollama:
        answer = await ollama.http.get("/api/tags")

    assert answer.json() == {"models": [TAGGED]}


async def test_the_list_of_loaded_models_has_every_field() -> None:
    async with daemon(models=(NATIVE,)) as ollama:
        await ollama.post("/api/generate", model="native")
        answer = await ollama.http.get("/api/ps")

    assert answer.json() == {"models": [RUNNING]}


async def test_the_digest_of_a_loaded_model_is_that_of_the_list() -> None:
    async with daemon(models=(NATIVE,)) as ollama:
        await ollama.post("/api/generate", model="native")
        listed = (await ollama.http.get("/api/tags")).json()["models"][0]["digest"]
        loaded = (await ollama.http.get("/api/ps")).json()["models"][0]["digest"]

    assert loaded == listed


async def test_the_last_modified_model_comes_first_and_ties_in_any_order() -> None:
    async with daemon() as ollama:
        library = ollama.simulator.library
        for position, installed in enumerate(list(library.listed())):
            library.put(replace(installed, modified=(1 + position // 3) * 1_000_000_000))
        orders = set()
        for _ in range(20):
            models = (await ollama.http.get("/api/tags")).json()["models"]
            times = [model["modified_at"] for model in models]
            assert times == sorted(times, reverse=True)
            orders.add(tuple(model["name"] for model in models))

    assert len(orders) > 1


async def test_no_models_are_an_empty_list() -> None:
    async with daemon(models=()) as ollama:
        answer = await ollama.http.get("/api/tags")

    assert answer.json() == {"models": []}


async def test_text_in_a_stream_is_escaped_as_go_does() -> None:
    parameters = {"type": "object", "properties": {"sign": {"const": "<&>"}}}
    tool = {"type": "function", "function": {"name": "mark", "parameters": parameters}}

    async with daemon() as ollama:
        answer = await ollama.chat("rendered", tools=[tool])

    assert rb"\u003c\u0026\u003e" in answer.content
    assert lines(answer)[0]["message"]["tool_calls"][0]["function"]["arguments"] == {"sign": "<&>"}
    assert lines(answer)[0]["created_at"] == UTC_STAMP
