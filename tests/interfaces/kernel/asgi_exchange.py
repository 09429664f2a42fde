"""One HTTP exchange with an ASGI application, by hand: the client may be slow, and may go away at any moment."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

Headers = Iterable[tuple[bytes, bytes]]


def http_scope(
    path: str = "/", *, method: str = "GET", query: bytes = b"", headers: Headers = (), **more: Any
) -> dict[str, Any]:
    """The scope of a request, as a server makes it."""
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode("utf-8", "surrogatepass"),
        "query_string": query,
        "root_path": "",
        "headers": list(headers),
        "client": ("127.0.0.1", 1234),
        "server": ("127.0.0.1", 8000),
        "state": {},
        **more,
    }


class Exchange:
    """The client's side; what is sent to it must be a legal HTTP response.

    Attributes:
        messages: what was sent, with its time on the loop's clock.
        reading: cleared, the client takes nothing more until it is set again.
    """

    def __init__(self, body: bytes = b"") -> None:
        self._body: list[bytes] = [body]
        self._gone = asyncio.Event()
        self.reading = asyncio.Event()
        self.reading.set()
        self.messages: list[tuple[float, Mapping[str, Any]]] = []
        self.over = False

    def leave(self) -> None:
        """Close the connection."""
        self._gone.set()

    async def receive(self) -> Any:
        if self._body:
            return {"type": "http.request", "body": self._body.pop(), "more_body": False}
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        assert not self.over, f"sent after the end: {message}"
        if self.messages:
            assert message["type"] == "http.response.body"
        else:
            assert message["type"] == "http.response.start"
        self.messages.append((asyncio.get_running_loop().time(), message))
        self.over = message["type"] == "http.response.body" and not message.get("more_body", False)
        await self.reading.wait()

    @property
    def status(self) -> int | None:
        return self.messages[0][1]["status"] if self.messages else None

    @property
    def headers(self) -> dict[str, str]:
        """By their names in lower case; asserts that none came twice."""
        pairs = [(name.decode().lower(), value.decode()) for name, value in self.messages[0][1]["headers"]]
        assert len(pairs) == len(dict(pairs)), f"doubled: {sorted(name for name, _ in pairs)}"
        return dict(pairs)

    @property
    def pieces(self) -> list[tuple[float, bytes]]:
        """What came of the body, and when, in seconds after the loop's start."""
        return [(round(at - 1000.0, 3), message["body"]) for at, message in self.messages[1:] if message.get("body")]

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for _, message in self.messages[1:])

    @property
    def json(self) -> Any:
        return msgspec.json.decode(self.body)


async def exchanged(app: Any, scope: dict[str, Any], body: bytes = b"") -> Exchange:
    """A whole exchange with a patient client."""
    exchange = Exchange(body)
    await app(scope, exchange.receive, exchange.send)
    assert exchange.over
    return exchange
