"""The one map from what goes wrong with a replica to our refusals: on connecting, on answering, mid-stream."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import httpx
import msgspec

from ollamanet.domain.inference.errors import (
    ModelNotFound,
    NoHealthyReplica,
    ReplicaBusy,
    ReplicaFailed,
    ReplicaGarbled,
    ReplicaLost,
    ReplicaSilent,
    UpstreamError,
    UpstreamTimeout,
)
from ollamanet.domain.kernel.errors import InvalidRequest, PromptTooLarge, Refusal, RequestTooLarge
from ollamanet.infrastructure.inference.ollama_wire import UNREADABLE, ErrorBody
from ollamanet.infrastructure.kernel.http_bounds import DeadlineOver

RETRY_AFTER: Final = 2.0
"""Seconds after which a replica that was down or full is worth another attempt."""

_LONGEST_WORDS: Final = 300
_LONGEST_RETRY: Final = 3600.0
_PATH: Final = re.compile(
    r"""(?<![\w.:/~-])~?/(?:[\w.@+~-]+/)+[\w.@+~-]*"""  # /home/x/.ollama/models/blobs/sha256-...
    r"""|\b[A-Za-z]:\\[^"':;,<>|\n]*"""  # C:\Users\x\.ollama\...
)
_TOO_LONG: Final = re.compile(
    r"exceed_context_size|exceeds (?:the )?(?:available |maximum )?context|longer than the context"
)
_CLIENT_MISTAKE: Final = re.compile(r'option "[^"]*" must be of type|invalid format: ')
_BY_STATUS: Final[Mapping[int, tuple[type[Refusal], str]]] = {
    401: (UpstreamError, "refuses us: check its token"),
    403: (UpstreamError, "refuses us: check its token and which hosts it accepts"),
    413: (RequestTooLarge, "takes no request of this size"),
    504: (ReplicaSilent, "has a proxy before it that waited too long"),
}


def from_transport(error: httpx.HTTPError, replica: str) -> Refusal:
    """What a failure of the connection means."""
    match error:
        case httpx.ConnectError() | httpx.ConnectTimeout() | httpx.PoolTimeout():
            return NoHealthyReplica(f"{replica} cannot be reached", retry_after=RETRY_AFTER)
        case DeadlineOver():
            return UpstreamTimeout(f"{replica}: {error}")
        case httpx.TimeoutException():
            return ReplicaSilent(f"{replica}: {error}")
        case httpx.NetworkError():
            return ReplicaLost(f"{replica}: {error}")
        case httpx.RemoteProtocolError():
            return ReplicaGarbled(f"{replica} did not answer in HTTP")
        case _:
            return UpstreamError(f"{replica} cannot be asked: check its URL and token")


def from_status(response: httpx.Response, body: bytes, model: str | None, replica: str) -> Refusal:
    """What an answer without success means; `body` may be cut, empty, or of a proxy in between."""
    reason, status = _reason_in(body), response.status_code
    if status in {429, 503}:
        return ReplicaBusy(f"{replica} is too busy", retry_after=_retry_after(response))
    if status in _BY_STATUS:
        refusal, words = _BY_STATUS[status]
        return refusal(f"{replica} {words}")
    if status >= 500:
        return _failure(reason or Reason(f"it answered with status {status}"), replica)
    if status == 404 and reason is not None and model is not None:
        return ModelNotFound(f"model: '{model}' is not installed on {replica}")
    if status == 400 and reason is not None:
        return _refused(reason)
    return ReplicaGarbled(f"{replica} answered with status {status}: is it Ollama, and is the path right?")


def from_error_line(error: str | dict[str, Any], replica: str, *, begun: bool) -> Refusal:
    """What a line `{"error": ...}` means; `begun` when a piece of the reply was passed on already."""
    reason = _reason(error)
    return ReplicaFailed(f"{replica}: {reason.shown}") if begun else _failure(reason, replica)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a replica says that it failed."""

    words: str
    prompt_too_long: bool = False

    @property
    def shown(self) -> str:
        """The words fit for users: no path of the replica's disk, one line, bounded."""
        text = " ".join(_PATH.sub("[path]", self.words).split())
        return text if len(text) <= _LONGEST_WORDS else text[: _LONGEST_WORDS - 3] + "..."


def _refused(reason: Reason) -> Refusal:
    return PromptTooLarge(reason.shown) if reason.prompt_too_long else InvalidRequest(reason.shown)


def _failure(reason: Reason, replica: str) -> Refusal:
    if reason.prompt_too_long or _CLIENT_MISTAKE.search(reason.words):
        return _refused(reason)
    return ReplicaFailed(f"{replica}: {reason.shown}")


def _reason_in(body: bytes) -> Reason | None:
    try:
        return _reason(msgspec.json.decode(body, type=ErrorBody).error)
    except UNREADABLE:
        return None


def _reason(error: str | dict[str, Any]) -> Reason:
    return Reason(_message(error), _TOO_LONG.search(str(error)) is not None)


def _message(error: str | dict[str, Any]) -> str:
    """The innermost message; Ollama passes its runner's JSON on as text, so a message may be JSON again."""
    if isinstance(error, dict):
        message = error.get("message")
        return message if isinstance(message, str) else "it failed without saying why"
    if not error.startswith("{"):
        return error
    try:
        return _message(msgspec.json.decode(error, type=ErrorBody).error)
    except UNREADABLE:
        return error


def _retry_after(response: httpx.Response) -> float:
    given = response.headers.get("retry-after", "")
    seconds = int(given) if given.isascii() and given.isdecimal() and len(given) < 9 else 0
    return min(float(seconds), _LONGEST_RETRY) if seconds else RETRY_AFTER
