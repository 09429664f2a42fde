import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from socket import create_server, socket
from threading import Thread

import pytest
from bench.tools import LOADGEN, UPSTREAM, compile_tools

MARKER = b"@@0000000000000001"
HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = HEAD + b"tRANSFER-eNCODING:  chunked\r\n\r\n"


@pytest.fixture(scope="module", autouse=True)
def _tools() -> None:
    compile_tools()


@contextmanager
def upstream(*models: str) -> Iterator[int]:
    process = subprocess.Popen([UPSTREAM, "0", *models], stdout=subprocess.PIPE, text=True)
    with process:
        assert process.stdout is not None
        yield int(process.stdout.readline())
        process.terminate()


@contextmanager
def answering(pieces: list[bytes]) -> Iterator[int]:
    """A server that sends the same pieces, each in a write of its own, to whatever it is asked, then closes."""

    def serve(listener: socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            with client:
                client.recv(65536)
                try:
                    for piece in pieces:
                        client.sendall(piece)
                except OSError:
                    continue

    with create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(5)
        thread = Thread(target=serve, args=(listener,))
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(2)
        thread.join()


def load(port: int, model: str, tokens: int, *more: str) -> dict:
    command = [LOADGEN, "-p", str(port), "-u", "/api/chat", "-b", json.dumps({"model": model}), "-n", str(tokens)]
    done = subprocess.run([*command, "-w", "0", "-d", "0.15", *more], capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def test_every_token_that_the_upstream_writes_is_counted_and_timed() -> None:
    with upstream() as port:
        seen = load(port, "n16i0:latest", 16, "-c", "4")

    assert seen["requests"] > 10
    assert seen["errors"] == {"broken": 0, "miscounted": 0, "refused": 0}
    assert seen["tokens"] >= 16 * seen["requests"]
    assert seen["relay_ms"]["n"] == seen["tokens"]


def test_a_crowd_of_streams_is_held_open() -> None:
    with upstream() as port:
        seen = load(port, "n100i60000000", 100, "-c", "50", "-k", "-w", "5")

    assert seen["connections_opened"] == 50
    assert sum(seen["errors"].values()) == 0


def test_a_refusal_is_counted_by_its_status_and_not_as_an_answer() -> None:
    with upstream() as port:
        seen = load(port, "no such model", 16)

    assert seen["requests"] == 0
    assert seen["errors"]["404"] > 0


def test_an_answer_that_has_the_wrong_number_of_tokens_is_miscounted() -> None:
    with upstream() as port:
        seen = load(port, "n16i0", 17)

    assert seen["requests"] == 0
    assert seen["errors"]["miscounted"] > 0


def bytewise(data: bytes) -> list[bytes]:
    return [data[i : i + 1] for i in range(len(data))]


@pytest.mark.parametrize(
    "pieces",
    [
        bytewise(CHUNKED + b"12\r\n" + MARKER + b"\r\n0\r\n\r\n"),
        [CHUNKED + b"A;name=value\r\n" + MARKER[:10] + b"\r\n8\r\n" + MARKER[10:] + b"\r\n0\r\nTrailer: 1\r\n\r\n"],
        [HEAD + b"CONTENT-LENGTH:18\r\n\r\n" + MARKER[:1], MARKER[1:]],
        [HEAD + b"\r\n", b"@" + MARKER],
        [b"HTTP/1.1 100 Continue\r\n\r\n" + HEAD + b"Content-Length: 18\r\n\r\n", MARKER],
    ],
    ids=["byte by byte", "marker across chunks", "by length", "until close", "after an interim answer"],
)
def test_tokens_are_found_however_an_answer_is_framed_and_cut(pieces: list[bytes]) -> None:
    with answering(pieces) as port:
        seen = load(port, "any", 1)

    assert seen["requests"] > 0
    assert seen["errors"]["miscounted"] == 0


@pytest.mark.parametrize(
    "answer", [CHUNKED + b"zz\r\n", CHUNKED + b"12\r\n" + MARKER, HEAD + b"Content-Length: 19\r\n\r\n" + MARKER]
)
def test_an_answer_that_is_cut_or_garbled_counts_as_broken(answer: bytes) -> None:
    with answering([answer]) as port:
        seen = load(port, "any", 1)

    assert seen["requests"] == 0
    assert seen["errors"]["broken"] > 0
