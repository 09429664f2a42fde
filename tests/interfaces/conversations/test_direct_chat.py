"""The usual chat past the framework answers what the framework's route answers, byte for byte."""

import re
from collections.abc import Mapping
from typing import Any

import pytest
from tests.fakes.inference.scripts import WHOLE
from tests.interfaces.conversations.chat_app import BOB, BODY_LIMIT, STREAM, ChatApp
from tests.interfaces.kernel.asgi_exchange import Exchange

from ollamanet.domain.inference.errors import ReplicaFailed

pytestmark = pytest.mark.anyio

_IDS = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
NONE: Mapping[str, str] = {}


def likeness(exchange: Exchange) -> tuple[Any, ...]:
    """All of an answer but its ids and times."""
    headers = {name: value for name, value in exchange.headers.items() if name != "server-timing"}
    return exchange.status, headers, _IDS.sub(b"id", exchange.body)


async def both(body: bytes, *, more: Mapping[str, str] = NONE, user: str = "ada", **options: Any) -> Exchange:
    """The answer, after both ways gave the same and wrote the same line."""
    answers, lines = [], []
    for direct in (True, False):
        app = ChatApp("Hel", "lo", WHOLE, direct=direct, **options)
        answers.append(await app.start(STREAM, body, user=user, more=more).ended())
        lines.append([{**line, "duration_ms": 0} for line, _ in app.lines])
    assert likeness(answers[0]) == likeness(answers[1])
    assert lines[0] == lines[1]
    return answers[0]


async def test_a_whole_stream() -> None:
    answer = await both(b'{"message": "Hi"}')

    assert answer.status == 200
    assert b"event: done" in answer.body


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"[]", 400),
        (b'{"message": ""}', 400),
        (b'{"message": "   "}', 400),
        (b'{"message": "Hi", "colour": "red"}', 400),
        (b'{"message": "Hi", "model": "../etc"}', 400),
        (b'{"message": "a\\u0000b"}', 400),
        (b'{"message": "\xff"}', 400),
        (b'{"message": "Hi", "conversation_id": "00000000-0000-7000-8000-000000000009"}', 404),
        (b'{"message": "Hi", "model": "nope"}', 404),
        (b'{"message": "' + b"x" * BODY_LIMIT + b'"}', 413),
        (b'{"message": "Hi", "tools": [' + b"[" * 200 + b"]" * 200 + b"]}", 400),
        (b'{"message": "Hi", "resumable": true}', 200),
        (b'{"message": "Hi", "overflow": "reject", "priority": "background"}', 200),
    ],
)
async def test_whatever_the_body_is(body: bytes, status: int) -> None:
    assert (await both(body)).status == status


@pytest.mark.parametrize(
    ("more", "user", "status"),
    [
        ({}, "nobody", 401),
        ({}, "", 401),
        ({"Authorization": "Bearer bob"}, "ada", 401),
        ({"Idempotency-Key": "one"}, "ada", 200),
        ({"Idempotency-Key": "\u00e9"}, "ada", 400),
        ({"Origin": "https://example.org"}, "ada", 200),
        ({"X-Request-ID": "mine-0001"}, "ada", 200),
        ({"Accept": "text/html"}, "ada", 200),
    ],
)
async def test_whatever_the_headers_are(more: Mapping[str, str], user: str, status: int) -> None:
    assert (await both(b'{"message": "Hi"}', more=more, user=user)).status == status


async def test_a_refusal_before_the_first_byte() -> None:
    app = ChatApp(slots=1, depth=0)
    app.chat.take_slot(BOB)
    other = ChatApp(slots=1, depth=0, direct=False)
    other.chat.take_slot(BOB)
    answers = [await each.start(STREAM, b'{"message": "Hi"}').ended() for each in (app, other)]

    assert answers[0].status == 503
    assert answers[0].headers["retry-after"] == "5"
    assert likeness(answers[0]) == likeness(answers[1])


@pytest.mark.parametrize(
    "failure", [ReplicaFailed("no memory"), ZeroDivisionError("a defect")], ids=["refusal", "defect"]
)
async def test_a_failure_before_the_first_byte(failure: Exception) -> None:
    answers, defects = [], []
    for direct in (True, False):
        app = ChatApp(failure, direct=direct)
        answers.append(await app.start(STREAM, b'{"message": "Hi"}').ended())
        defects.append([error for _, error in app.lines])

    assert answers[0].status == (502 if isinstance(failure, ReplicaFailed) else 500)
    assert likeness(answers[0]) == likeness(answers[1])
    assert defects[0] == defects[1]


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "OPTIONS"])
async def test_another_method_is_the_frameworks(method: str) -> None:
    answers = [await ChatApp(direct=direct).start(STREAM, b"{}", method=method).ended() for direct in (True, False)]

    # The framework says what is allowed in any order.
    assert [each.status for each in answers] == [405 if method != "OPTIONS" else 204] * 2
    assert _IDS.sub(b"id", answers[0].body) == _IDS.sub(b"id", answers[1].body)
