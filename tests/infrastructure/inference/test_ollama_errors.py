"""Every refusal of a replica, and every failure of its connection, has one meaning."""

import json

import httpx
import pytest

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
from ollamanet.infrastructure.inference.ollama_errors import from_status, from_transport
from ollamanet.infrastructure.kernel.http_bounds import DeadlineOver

OOM = "llama-server process has terminated: exit status 1: cudaMalloc failed: out of memory"
TRUNCATED = "the prompt is longer than the context length currently available to the model; shorten the prompt"
NESTED = json.dumps({"error": {"message": "request (9 tokens) exceeds the available context size (8 tokens)"}})


def answered(status: int, error: object, **headers: str) -> Refusal:
    body = json.dumps({"error": error}).encode()
    return from_status(httpx.Response(status, headers=headers), body, "llama3.2", "gpu1:11434")


@pytest.mark.parametrize(
    ("status", "error", "expected"),
    [
        (400, '"m" does not support thinking', InvalidRequest),
        (400, "registry.ollama.ai/library/m:latest does not support tools", InvalidRequest),
        (400, TRUNCATED, PromptTooLarge),
        (400, "the input length exceeds the context length", PromptTooLarge),
        (400, "input exceeds maximum context length and cannot be truncated further", PromptTooLarge),
        (400, NESTED, PromptTooLarge),
        (400, {"message": "odd", "type": "exceed_context_size_error"}, PromptTooLarge),
        (401, "unauthorized", UpstreamError),
        (403, "ollama cloud is disabled: remote model is unavailable", UpstreamError),
        (404, "model 'm' not found", ModelNotFound),
        (413, "too large", RequestTooLarge),
        (429, "slow down", ReplicaBusy),
        (499, "request canceled", ReplicaGarbled),
        (500, OOM, ReplicaFailed),
        (500, 'option "num_ctx" must be of type integer', InvalidRequest),
        (500, 'invalid format: "\\"xml\\""; expected "json" or a valid JSON Schema object', InvalidRequest),
        (500, NESTED, PromptTooLarge),
        (502, "dial tcp: connection refused", ReplicaFailed),
        (503, "server busy, please try again.  maximum pending requests exceeded", ReplicaBusy),
        (504, "too late", ReplicaSilent),
    ],
)
def test_a_status_with_ollamas_words(status: int, error: object, expected: type[Refusal]) -> None:
    assert type(answered(status, error)) is expected


@pytest.mark.parametrize(
    "body", [b"", b"404 page not found", b"<html>", b"[1]", b'{"error":1}', b"\xff", b'{"a":' * 9999]
)
@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (301, ReplicaGarbled),
        (400, ReplicaGarbled),
        (403, UpstreamError),
        (404, ReplicaGarbled),
        (405, ReplicaGarbled),
        (500, ReplicaFailed),
        (502, ReplicaFailed),
        (503, ReplicaBusy),
    ],
)
def test_a_status_without_them(status: int, body: bytes, expected: type[Refusal]) -> None:
    refusal = from_status(httpx.Response(status), body, "llama3.2", "gpu1:11434")

    assert type(refusal) is expected
    assert "gpu1:11434" in refusal.detail


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [({}, 2.0), ({"retry-after": "7"}, 7.0), ({"retry-after": "0"}, 2.0), ({"retry-after": "99999"}, 3600.0)]
    + [({"retry-after": odd}, 2.0) for odd in ("soon", "-1", "1.5", "9" * 400, "Wed, 21 Oct 2015 07:28:00 GMT")],
)
def test_a_busy_replica_says_when_to_come_back(headers: dict[str, str], seconds: float) -> None:
    assert answered(503, "server busy", **headers).retry_after == seconds


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("open /usr/share/ollama/.ollama/models/blobs/sha256-ab12: no such file", "open [path]: no such file"),
        ("error loading model: ~/models/x.gguf", "error loading model: [path]"),
        ('cannot read "/home/ada lovelace/m" now', 'cannot read "[path] lovelace/m" now'),
        (r"open C:\Users\Ada L\.ollama\x: denied", "open [path]: denied"),
        ("registry.ollama.ai/library/m:latest does not support tools", None),
        ("see https://ollama.com/download/x for more", None),
        ("3/4 of it, and/or less", None),
    ],
)
def test_words_are_shown_without_paths_of_the_replica(words: str, shown: str | None) -> None:
    assert answered(400, words).detail == (shown or words)


def test_words_are_shown_in_one_line_of_bounded_length() -> None:
    detail = answered(400, "line one\n\tline two " + "x" * 5000).detail

    assert detail.startswith("line one line two xxx")
    assert len(detail) == 300


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (httpx.ConnectError("refused"), NoHealthyReplica),
        (httpx.ConnectTimeout("slow"), NoHealthyReplica),
        (httpx.PoolTimeout("full"), NoHealthyReplica),
        (httpx.ReadTimeout("silent"), ReplicaSilent),
        (httpx.WriteTimeout("deaf"), ReplicaSilent),
        (DeadlineOver("late"), UpstreamTimeout),
        (httpx.ReadError("reset"), ReplicaLost),
        (httpx.WriteError("reset"), ReplicaLost),
        (httpx.CloseError("odd"), ReplicaLost),
        (httpx.RemoteProtocolError("not HTTP"), ReplicaGarbled),
        (httpx.LocalProtocolError("bad token"), UpstreamError),
        (httpx.UnsupportedProtocol("ftp"), UpstreamError),
    ],
)
def test_a_failure_of_the_connection(error: httpx.HTTPError, expected: type[Refusal]) -> None:
    refusal = from_transport(error, "gpu1:11434")

    assert type(refusal) is expected
    assert "gpu1:11434" in refusal.detail
    assert (refusal.retry_after is not None) == (expected is NoHealthyReplica)
