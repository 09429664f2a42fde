"""A team member registers, signs in, chats, and reads the conversation back."""

from pathlib import Path

import httpx
import pytest

from tests.e2e.api import PASSWORD, Caller, client, registered, text_of
from tests.e2e.conftest import served
from tests.e2e.processes import Running, run

pytestmark = pytest.mark.anyio


async def test_signs_in_with_email_or_user_name_and_sees_the_own_account(
    http: httpx.AsyncClient, caller: Caller
) -> None:
    for login in (caller.user["email"].upper(), caller.user["username"]):
        response = await http.post("/api/v1/auth/login", json={"login": login, "password": PASSWORD})
        assert response.status_code == 200, response.text
        assert response.json()["token_type"] == "Bearer"
        assert response.json()["expires_in"] == 900

    for path in ("/api/v1/me", "/api/v1/auth/me"):
        profile = await caller.get(path)
        assert profile.status_code == 200
        assert profile.json()["email"] == caller.user["email"]


async def test_streams_an_answer_with_the_events_of_the_contract(caller: Caller) -> None:
    async with caller.streaming({"message": "Why is the sky blue?", "model": "llama3.2"}) as (response, stream):
        assert response.headers["content-type"].startswith("text/event-stream")
        assert response.headers["cache-control"] == "no-cache, no-transform"
        assert response.headers["x-accel-buffering"] == "no"
        assert response.headers["x-ollamanet-replica"].startswith("127.0.0.1:")
        assert int(response.headers["x-ollamanet-queue-wait-ms"]) >= 0
        assert int(response.headers["x-ollamanet-prompt-tokens"]) > 0
        assert response.headers["x-ollamanet-trimmed"] == "0"
        events = [event async for event in stream]

    names = [event.name for event in events]
    assert names[:2] == ["accepted", "started"]
    assert set(names[2:-1]) == {"token"}
    assert names[-1] == "done"
    assert [event.id for event in events] == list(range(1, len(events) + 1))
    accepted, started, done = events[0].data, events[1].data, events[-1].data
    cuts = {"trimmed_turns", "summarized_turns"}
    assert set(accepted) == {"request_id", "conversation_id", "user_message_id", "model"} | cuts
    assert accepted["request_id"] == response.headers["x-request-id"]
    assert accepted["model"] == "llama3.2:latest"
    assert set(started) == {"replica", "queue_ms", "cold_load"}
    assert set(done) == {"assistant_message_id", "done_reason", "usage", "timings", "prompt_truncated"} | cuts
    assert done["usage"]["completion_tokens"] == 40
    assert done["usage"]["prompt_tokens"] > 0
    assert done["timings"]["ttft_ms"] <= done["timings"]["total_ms"]
    assert done["done_reason"] in {"stop", "length"}


async def test_reads_the_conversation_back_and_goes_on_with_it(caller: Caller) -> None:
    first = await caller.stream({"message": "Name a colour", "model": "llama3.2", "system": "Be brief"})
    conversation_id = first[0].data["conversation_id"]
    second = await caller.stream({"message": "Another one", "conversation_id": conversation_id})

    listed = (await caller.get("/api/v1/conversations")).json()
    assert listed["total"] == 1
    assert listed["items"][0]["id"] == conversation_id
    assert listed["items"][0]["title"] == "Name a colour"
    assert listed["items"][0]["system"] == "Be brief"

    read = (await caller.get(f"/api/v1/conversations/{conversation_id}/messages")).json()
    assert [(item["role"], item["text"]) for item in read["items"]] == [
        ("user", "Name a colour"),
        ("assistant", text_of(first)),
        ("user", "Another one"),
        ("assistant", text_of(second)),
    ]
    answer = read["items"][1]
    assert answer["id"] == first[-1].data["assistant_message_id"]
    assert answer["partial"] is False
    assert answer["usage"] == first[-1].data["usage"]
    assert second[-1].data["usage"]["prompt_tokens"] > first[-1].data["usage"]["prompt_tokens"]


async def test_answers_whole_without_streaming(caller: Caller) -> None:
    response = await caller.post("/api/v1/chats", {"message": "Say something", "model": "llama3.2"})

    assert response.status_code == 200, response.text
    answer = response.json()
    read = (await caller.get(f"/api/v1/conversations/{answer['conversation_id']}/messages")).json()
    assert read["items"][1]["text"] == answer["text"] != ""
    assert answer["usage"]["completion_tokens"] == 40


async def test_thinks_and_calls_tools_where_the_model_can(caller: Caller) -> None:
    thought = await caller.stream({"message": "Think first", "model": "qwen3", "think": True})
    assert "thinking" in [event.name for event in thought]

    weather = {
        "type": "function",
        "function": {"name": "weather", "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}},
    }
    called = await caller.stream({"message": "Weather in Oslo?", "model": "llama3.2", "tools": [weather]})
    call = next(event.data for event in called if event.name == "tool_call")
    assert call["name"] == "weather"
    assert isinstance(call["arguments"], dict)
    assert call["id"]


async def test_uses_the_default_model_when_none_is_named(caller: Caller) -> None:
    answer = (await caller.post("/api/v1/chats", {"message": "Hello"})).json()
    assert answer["model"] == "llama3.2:latest"


async def test_chats_from_the_terminal(service: Running, caller: Caller) -> None:
    done = run(
        "chat", "Hello there", "--url", service.url, "--login", caller.user["username"], "--password-stdin",
        "--model", "llama3.2", given=f"{PASSWORD}\n",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    listed = (await caller.get("/api/v1/conversations")).json()["items"]
    read = (await caller.get(f"/api/v1/conversations/{listed[0]['id']}/messages")).json()["items"]
    assert read[1]["text"] == done.stdout.strip("\n")

    refused = run("chat", "Hi", "--url", service.url, "--login", "nobody", "--password-stdin", given="wrong\n")
    assert refused.returncode == 1
    assert len(refused.stderr.strip().splitlines()) == 1


async def test_what_was_said_is_there_after_a_restart(simulator: Running, tmp_path: Path) -> None:
    with served(simulator.url, tmp_path) as running:
        async with client(running.url) as http:
            caller = await registered(http)
            events = await caller.stream({"message": "Remember this", "model": "llama3.2"})
        assert running.stop() == 0
    with served(simulator.url, tmp_path) as running:
        async with client(running.url) as http:
            again = Caller(http, caller.token, caller.user)
            path = f"/api/v1/conversations/{events[0].data['conversation_id']}/messages"
            read = (await again.get(path)).json()
    assert [item["text"] for item in read["items"]] == ["Remember this", text_of(events)]
