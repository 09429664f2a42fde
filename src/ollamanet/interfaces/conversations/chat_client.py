"""A client of our own API for the terminal: sign in, ask, hear."""

import re
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import msgspec

_TIMEOUT = httpx.Timeout(10.0, read=60.0)
"""Seconds; the server says something every ten, if only a comment."""

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def harmless(text: str) -> str:
    """The text without what a terminal obeys: a model's words may be those of a page that it was shown."""
    return _CONTROL.sub("", text)


class ServerSaidNo(Exception):
    """The server refused; the message is for people.

    Attributes:
        status: the HTTP status, 0 for an `error` event.
    """

    def __init__(self, status: int, message: str) -> None:
        """With the server's own words."""
        super().__init__(harmless(message))
        self.status = status


@dataclass(slots=True)
class ChatClient:
    """Talks to one server as one user.

    Attributes:
        conversation_id: of the conversation that goes on; None starts one.
    """

    url: str
    login: str
    password: str = field(repr=False)
    conversation_id: str | None = None
    _token: str = field(default="", repr=False)
    _http: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=_TIMEOUT), repr=False)

    def sign_in(self) -> str:
        """Get a token; the user's name.

        Raises:
            ServerSaidNo: wrong login or password.
            httpx.HTTPError: the server cannot be reached.
        """
        body = {"login": self.login, "password": self.password}
        answer = _checked(self._http.post(f"{self.url}/api/v1/auth/login", json=body))
        self._token = answer["access_token"]
        return str(answer["user"]["username"])

    def ask(self, message: str, model: str | None) -> Generator[tuple[str, dict[str, Any]], None, None]:
        """The events of the answer, as they come; closing the iterator stops the generation.

        Raises:
            ServerSaidNo: refused, or failed on the way.
            httpx.HTTPError: the connection broke.
        """
        try:
            yield from self._asked(message, model)
        except ServerSaidNo as refusal:
            # A token lives for fifteen minutes, a session at the terminal may last longer.
            if refusal.status != httpx.codes.UNAUTHORIZED:
                raise
            self.sign_in()
            yield from self._asked(message, model)

    def _asked(self, message: str, model: str | None) -> Iterator[tuple[str, dict[str, Any]]]:
        given = {"message": message, "model": model, "conversation_id": self.conversation_id}
        body = {name: value for name, value in given.items() if value is not None}
        headers = {"Authorization": f"Bearer {self._token}"}
        with self._http.stream("POST", f"{self.url}/api/v1/chats/stream", json=body, headers=headers) as response:
            if response.is_error:
                response.read()
                _checked(response)
            for event, data in _events(_lines(response.iter_bytes())):
                if event == "accepted":
                    self.conversation_id = data["conversation_id"]
                if event == "error":
                    raise ServerSaidNo(0, data["message"])
                yield event, data


def _events(lines: Iterator[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    event = ""
    for line in lines:
        name, _, value = line.partition(": ")
        if name == "event":
            event = value
        elif name == "data":
            yield event, msgspec.json.decode(value)


def _lines(pieces: Iterator[bytes]) -> Iterator[str]:
    """Lines that end with a line feed only: httpx would also end one at U+2028 and its like, inside of an answer."""
    rest = b""
    for piece in pieces:
        *lines, rest = (rest + piece).split(b"\n")
        for line in lines:
            yield line.decode()


def _checked(response: httpx.Response) -> dict[str, Any]:
    try:
        answer = msgspec.json.decode(response.content)
    except msgspec.DecodeError:
        answer = None
    if isinstance(answer, dict) and response.is_success:
        return answer
    detail = answer.get("detail") if isinstance(answer, dict) else None
    raise ServerSaidNo(response.status_code, detail or f"the server answered {response.status_code}")
