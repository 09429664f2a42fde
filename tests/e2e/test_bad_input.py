"""Each kind of bad input gets its clear error; nothing is a 500, and the service goes on."""

import asyncio
import base64
import json
import time
import uuid
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest

from tests.e2e.api import PASSWORD, Caller, client, registered
from tests.e2e.conftest import served
from tests.e2e.processes import Running

pytestmark = pytest.mark.anyio

CHAT = "/api/v1/chats/stream"
GOOD = {"message": "Hello", "model": "llama3.2"}


def problem(response: httpx.Response, status: int, code: str) -> dict[str, Any]:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    found: dict[str, Any] = response.json()
    assert {"type", "title", "status", "detail", "instance", "code", "request_id"} <= set(found)
    assert found["code"] == code
    assert found["status"] == status
    assert found["request_id"] == response.headers["x-request-id"]
    return found


async def raw(caller: Caller, body: bytes, path: str = CHAT) -> httpx.Response:
    return await caller.http.post(path, content=body, headers={**caller.headers, "Content-Type": "application/json"})


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"not json", "body"),
        (b"", "body"),
        (b"[]", "body"),
        (b'{"message": "a"', "body"),
        (b'{"message": 5}', "message"),
        (b'{"message": null}', "message"),
        (b'{"model": "llama3.2"}', "message"),
        (b'{"message": "a", "surprise": 1}', "surprise"),
        (b'{"message": "a", "options": {"num_ctx": 1}}', "options.num_ctx"),
        (b'{"message": "a", "options": {"temperature": "hot"}}', "options.temperature"),
        (b'{"message": "a", "options": {"temperature": 9}}', "options.temperature"),
        (b'{"message": ""}', "message"),
        (b'{"message": "   "}', "message"),
        (b'{"message": "a", "conversation_id": "none"}', "conversation_id"),
        (b'{"message": "a", "overflow": "shorten"}', "overflow"),
        (b'{"message": "a", "images": ["data:image/png;base64,AAAA"]}', "images[0]"),
        (b'{"message": "a", "deadline_ms": 0}', "deadline_ms"),
        (b'{"message": "a\\u0000b"}', "message"),
        (b'{"message": "a", "system": "\\u0000"}', "system"),
        (b'{"message": "\\ud800"}', "body"),
        (b'{"message": "\xff\xfe"}', "body"),
        (b'{"message": "a", "model": "../../etc/passwd"}', "model"),
        (b'{"message": "a", "model": "/etc/passwd"}', "model"),
        (b'{"message": "a", "model": "a b"}', "model"),
        (b'{"message": "a", "model": "a\\\\b"}', "model"),
        (b'{"message": "a", "format": ' + b'{"a":' * 2000 + b"1" + b"}" * 2000 + b"}", "body"),
    ],
    ids=lambda value: value[:40].decode("latin-1") if isinstance(value, bytes) else value,
)
async def test_a_malformed_chat_is_refused_by_the_name_of_its_field(caller: Caller, body: bytes, field: str) -> None:
    found = problem(await raw(caller, body), 400, "invalid_request")
    assert found["detail"].startswith(f"{field}:"), found["detail"]
    assert (await caller.get("/api/v1/conversations")).json()["total"] == 0


async def test_bodies_over_the_limit_are_refused(caller: Caller) -> None:
    two_megabytes = json.dumps({"message": "x" * 2_000_000}).encode()
    problem(await raw(caller, two_megabytes), 413, "request_too_large")
    problem(await raw(caller, b" " * 13_000_000), 413, "request_too_large")
    problem(await raw(caller, two_megabytes, "/api/v1/auth/login"), 413, "request_too_large")


async def test_a_large_image_is_not_a_large_body(caller: Caller) -> None:
    image = base64.b64encode(b"\x89PNG" + b"\0" * 2_000_000).decode()
    response = await caller.post("/api/v1/chats", {"message": "What is it?", "model": "gemma3", "images": [image]})
    assert response.status_code == 200, response.text


async def test_an_unknown_model_is_not_found_and_nothing_is_stored(caller: Caller) -> None:
    problem(await caller.post(CHAT, {"message": "Hi", "model": "unheard-of"}), 404, "model_not_found")
    assert (await caller.get("/api/v1/conversations")).json()["total"] == 0


@pytest.mark.parametrize("model", ["gpt-oss:120b-cloud", "team/kimi:CLOUD"])
async def test_a_model_of_ollamas_cloud_is_forbidden_and_nothing_is_stored(caller: Caller, model: str) -> None:
    found = problem(await caller.post(CHAT, {"message": "Hi", "model": model}), 403, "forbidden")
    assert model in found["detail"]
    assert (await caller.get("/api/v1/conversations")).json()["total"] == 0


async def test_a_prompt_over_the_limit_is_refused(caller: Caller) -> None:
    problem(await caller.post(CHAT, {"message": "word " * 10_000, "model": "llama3.2"}), 400, "prompt_too_large")


async def test_somebody_elses_conversation_does_not_exist(http: httpx.AsyncClient, caller: Caller) -> None:
    theirs = (await (await registered(http)).post("/api/v1/chats", GOOD)).json()["conversation_id"]
    for absent in (theirs, str(uuid.uuid4())):
        problem(await caller.get(f"/api/v1/conversations/{absent}"), 404, "not_found")
        problem(await caller.get(f"/api/v1/conversations/{absent}/messages"), 404, "not_found")
        problem(await caller.post(CHAT, {**GOOD, "conversation_id": absent}), 404, "not_found")


async def test_tokens_that_are_not_ours_are_refused(http: httpx.AsyncClient, caller: Caller) -> None:
    header, payload, signature = caller.token.split(".")
    claims = jwt.decode(caller.token, options={"verify_signature": False})
    kid = jwt.get_unverified_header(caller.token)["kid"]
    forged = {
        "none": jwt.encode(claims, None, algorithm="none", headers={"kid": kid}),
        "other key": jwt.encode(claims, "k" * 32, algorithm="HS256", headers={"kid": kid}),
        "expired": jwt.encode(
            {**claims, "exp": int(time.time()) - 1}, "k" * 32, algorithm="HS256", headers={"kid": kid}
        ),
        "tampered": f"{header}.{payload[:-2]}AA.{signature}",
        "unsigned": f"{header}.{payload}.",
        "garbage": "garbage",
        "huge": "a" * 60_000,
    }
    for what, token in forged.items():
        response = await http.get("/api/v1/me", headers={"Authorization": f"Bearer {token}"})
        problem(response, 401, "unauthenticated")
        assert response.headers["www-authenticate"].startswith("Bearer"), what
    for header_value in ("", "Bearer", "Basic abc", caller.token):
        problem(await http.get("/api/v1/me", headers={"Authorization": header_value}), 401, "unauthenticated")
    problem(await http.post(CHAT, content=b"x" * 3_000_000), 401, "unauthenticated")


async def test_a_token_whose_time_is_over_is_told_apart(simulator: Running, tmp_path: Path) -> None:
    with served(simulator.url, tmp_path, OLLAMANET_ACCESS_TOKEN_S="1") as running:
        async with client(running.url) as http:
            caller = await registered(http)
            await asyncio.sleep(1.1)
            problem(await caller.get("/api/v1/me"), 401, "token_expired")


@pytest.mark.parametrize(
    "body",
    [
        {"email": "no-address", "username": "somebody", "password": PASSWORD},
        {"email": "a@example.com", "username": "a b", "password": PASSWORD},
        {"email": "a@example.com", "username": "somebody", "password": "short"},
        {"email": "a@example.com", "username": "somebody", "password": PASSWORD, "role": "Admin"},
        {"email": "a@example.com", "username": "some\0body", "password": PASSWORD},
    ],
    ids=["email", "username", "password", "role", "nul"],
)
async def test_a_malformed_registration_is_refused(http: httpx.AsyncClient, body: dict[str, str]) -> None:
    problem(await http.post("/api/v1/auth/register", json=body), 400, "invalid_request")


async def test_names_are_taken_whatever_their_case(http: httpx.AsyncClient, caller: Caller) -> None:
    fresh = {"email": "fresh@example.com", "username": f"fresh-{uuid.uuid4().hex[:8]}", "password": PASSWORD}
    for taken in ({"email": caller.user["email"].upper()}, {"username": caller.user["username"].upper()}):
        problem(await http.post("/api/v1/auth/register", json={**fresh, **taken}), 409, "conflict")


async def test_routes_and_methods_that_do_not_exist(http: httpx.AsyncClient, caller: Caller) -> None:
    problem(await http.get("/api/v1/nothing"), 404, "not_found")
    problem(await http.get("/api/v1/../../etc/passwd"), 404, "not_found")
    response = await http.get(CHAT)
    problem(response, 405, "method_not_allowed")
    problem(await caller.get("/api/v1/conversations/not-an-id"), 404, "not_found")
    for query in ({"page": 0}, {"page_size": 0}, {"page_size": 201}, {"page": "x"}, {"page": 10**30}):
        problem(await caller.get("/api/v1/conversations", **query), 400, "invalid_request")
    assert (await caller.get("/api/v1/conversations", page=9999)).json()["items"] == []


@pytest.mark.parametrize(
    "sent",
    [
        b"POST /api/v1/chats/stream HTTP/1.1\r\nHost: x\r\nContent-Le",
        b"POST /api/v1/chats/stream HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{",
        b"GARBAGE\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ],
    ids=["head cut", "body cut", "no http", "version", "chunk", "tls"],
)
async def test_a_request_cut_or_garbled_on_the_wire_harms_nobody(service: Running, caller: Caller, sent: bytes) -> None:
    host, _, port = service.url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(sent)
    writer.write_eof()
    answer = await asyncio.wait_for(reader.read(), 10)
    writer.close()
    assert not answer or answer.split(b" ")[1] != b"500", answer
    assert (await caller.get("/api/v1/me")).status_code == 200
    assert not [line for line in service.log if '"status":500' in line]


async def test_every_fault_of_a_replica_has_its_error(caller: Caller) -> None:
    early = {
        "fault-refuse": (502, "upstream_error"),
        "fault-oom": (502, "upstream_error"),
    }
    for model, (status, code) in early.items():
        response = await caller.post(CHAT, {"message": "Hi", "model": model})
        problem(response, status, code)
    response = await caller.post(CHAT, {"message": "Hi", "model": "fault-hang", "deadline_ms": 500})
    problem(response, 504, "upstream_timeout")

    late = ("crash", "garbage", "die-mid-stream", "end-without-done", "error-line", "half-line")
    for model in (f"fault-{fault}" for fault in late):
        # One failure after another would open the replica's breaker, and rightly.
        assert (await caller.post(CHAT, {"message": "Hi", "model": "llama3.2"})).status_code == 200
        events = await caller.stream({"message": "Hi", "model": model})
        assert events[-1].name == "error", model
        assert events[-1].data["code"] == "upstream_error"
        assert events[-1].data["partial"] is True
        path = f"/api/v1/conversations/{events[0].data['conversation_id']}/messages"
        kept = (await caller.get(path)).json()["items"][1]
        assert (kept["partial"], kept["done_reason"], kept["error"]) == (True, "error", "upstream_error")
        tokens = [event.data["text"] for event in events if event.name == "token"]
        assert kept["text"] == "".join(tokens)
        assert kept["usage"] == {"prompt_tokens": None, "completion_tokens": sum(map(bool, tokens))}
