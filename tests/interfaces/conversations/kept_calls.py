"""Requests about chats that are kept, and what is refused of them."""

from typing import Any

import msgspec
import pytest
from tests.interfaces.conversations.chat_app import STREAM, WHOLE, Call, ChatApp
from tests.interfaces.conversations.sse_reader import SseEvent
from tests.interfaces.kernel.asgi_exchange import Exchange

from ollamanet.domain.inference.errors import ReplicaLost

NOTHING = (0, 0, 0, 0)
NAME = "my-request-1"
BOTH = pytest.mark.parametrize("path", [STREAM, WHOLE])
GONE = ReplicaLost("gone")


def sent(app: ChatApp, path: str = STREAM, *, name: str = NAME, key: str = "", user: str = "ada", **body: Any) -> Call:
    more = {"X-Request-ID": name} | ({"Idempotency-Key": key} if key else {})
    return app.start(path, msgspec.json.encode({"message": "Hi", **body}), user=user, more=more)


def rejoined(app: ChatApp, after: object = None, *, name: str = NAME, user: str = "ada") -> Call:
    more = {} if after is None else {"Last-Event-ID": str(after)}
    return app.start(f"{WHOLE}/{name}/stream", user=user, more=more)


async def refused(call: Call, status: int, code: str) -> Exchange:
    exchange = await call.ended()
    assert (exchange.status, exchange.json["code"]) == (status, code)
    assert exchange.headers["content-type"] == "application/problem+json"
    return exchange


def names(events: list[SseEvent]) -> list[str]:
    return [event.event for event in events]
