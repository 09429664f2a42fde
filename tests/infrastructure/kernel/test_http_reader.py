"""However the bytes of an answer are cut, it is the same answer; whatever the bytes are, an answer or a typed error."""

import asyncio
import gc
import weakref
from collections.abc import Coroutine
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.infrastructure.kernel.http_answers import Answer, answers, cuts, damaged

from ollamanet.infrastructure.kernel.http_reader import MOST_FRAMING, HeadResponseReader, ResponseReader

OK = b"HTTP/1.1 200 OK\r\n"


class Detached:
    """A source without a socket; remembers what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def resume(self) -> None:
        self.asked.append("resume")

    def abort(self) -> None:
        self.asked.append("abort")

    def expect_end(self, seconds: float) -> None:
        self.asked.append(f"end within {seconds:g}")


def new_reader(kind: type[ResponseReader] = ResponseReader) -> ResponseReader:
    return kind(Detached(), asyncio.AbstractEventLoop())


def at_once(step: Coroutine[Any, Any, bytes]) -> bytes:
    """The result of a step that has nothing to wait for."""
    try:
        step.send(None)
    except StopIteration as stop:
        return bytes(stop.value)
    finally:
        step.close()
    raise AssertionError("it waited")


def content(reader: ResponseReader) -> tuple[bytes, httpx.TransportError | None]:
    """All that can be read, and the error that ended it."""
    read = b""
    try:
        while True:
            read += at_once(reader.__anext__())
    except StopAsyncIteration:
        return read, None
    except httpx.TransportError as error:
        return read, error


def outcome(pieces: list[bytes]) -> tuple[int, list[tuple[bytes, bytes]], bytes, type[Exception] | None]:
    reader = new_reader()
    for piece in pieces:
        reader.feed(piece)
    reader.eof(None)
    read, error = content(reader)
    return reader.status, reader.headers if reader.started else [], read, type(error) if error else None


@given(st.data(), answers())
def test_reads_the_same_answer_however_the_bytes_were_cut(data: st.DataObject, answer: Answer) -> None:
    pieces = data.draw(cuts(answer.wire))

    assert outcome(pieces) == (answer.status, answer.headers, answer.content, None)


@given(st.data(), answers())
def test_knows_the_end_of_an_answer_without_the_end_of_the_connection(data: st.DataObject, answer: Answer) -> None:
    reader = new_reader()
    for piece in data.draw(cuts(answer.wire)):
        assert not reader.done
        reader.feed(piece)

    assert reader.done == (answer.framing != "close")
    assert reader.keep_alive == reader.done


@given(st.data(), answers())
def test_an_answer_that_is_cut_short_is_an_error_after_the_content_that_came(
    data: st.DataObject, answer: Answer
) -> None:
    kept = data.draw(st.integers(0, len(answer.wire) - 1))
    reader = new_reader()
    reader.feed(answer.wire[:kept])
    reader.eof(None)
    read, error = content(reader)

    assert answer.content.startswith(read)
    if answer.framing == "close" and reader.started:
        assert error is None
    else:
        assert isinstance(error, httpx.ReadError)


@given(st.data(), st.one_of(damaged(), st.binary(max_size=200)))
def test_any_bytes_are_an_answer_or_a_typed_error_however_they_were_cut(data: st.DataObject, wire: bytes) -> None:
    whole = outcome([wire])

    assert outcome(data.draw(cuts(wire))) == whole
    assert whole[-1] in {None, httpx.ReadError, httpx.RemoteProtocolError}


@given(answers().filter(lambda answer: answer.framing != "close"), st.binary(min_size=1, max_size=20))
def test_bytes_after_the_end_spoil_the_connection_and_not_the_answer(answer: Answer, surplus: bytes) -> None:
    reader = new_reader()
    reader.feed(answer.wire + b"\0" + surplus)

    assert (reader.done, reader.keep_alive) == (True, False)
    assert content(reader) == (answer.content, None)


@given(st.data(), answers())
def test_the_answer_to_head_ends_with_its_head(data: st.DataObject, answer: Answer) -> None:
    head = answer.wire.removesuffix(answer.content) if answer.framing in {"length", "close"} else None
    reader = new_reader(HeadResponseReader)
    for piece in data.draw(cuts(head or OK + b"Transfer-Encoding: chunked\r\n\r\n")):
        reader.feed(piece)

    assert reader.done
    assert content(reader) == (b"", None)
    assert reader.keep_alive == (head is None or answer.framing == "length")


def test_content_after_a_head_without_content_spoils_the_connection() -> None:
    reader = new_reader(HeadResponseReader)
    reader.feed(OK + b"Content-Length: 2\r\n\r\nhi")

    assert (reader.done, reader.keep_alive) == (True, False)
    assert content(reader) == (b"", None)


@pytest.mark.parametrize(
    ("start", "again"),
    [
        pytest.param(OK + b"X-Long: ", b"a" * 1000, id="one header"),
        pytest.param(OK, b"X-Name: value\r\n" * 50, id="many headers"),
        pytest.param(OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"X: y\r\n" * 50, id="trailers"),
        pytest.param(OK + b"Transfer-Encoding: chunked\r\n\r\n5;", b"a" * 1000, id="chunk extension"),
        pytest.param(b"", b"HTTP/1.1 102 Processing\r\n\r\n" * 50, id="informational answers"),
    ],
)
def test_framing_without_content_has_a_bound(start: bytes, again: bytes) -> None:
    reader = new_reader()
    if start:
        reader.feed(start)
    for _ in range(MOST_FRAMING // len(again)):
        reader.feed(again)

    assert reader.error is None or "framing" in str(reader.error)
    reader.feed(again)
    assert "framing" in str(reader.error)


@pytest.mark.parametrize("status", [0, 42, 99, 101])
def test_a_status_that_nobody_asked_for_is_an_error(status: int) -> None:
    reader = new_reader()
    reader.feed(b"HTTP/1.1 %03d Odd\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n" % status)

    assert isinstance(reader.error, httpx.RemoteProtocolError)


def test_an_answer_that_says_close_ends_the_connection() -> None:
    reader = new_reader()
    reader.feed(OK + b"Connection: close\r\nContent-Length: 2\r\n\r\nhi")

    assert (reader.done, reader.keep_alive) == (True, False)


def test_a_broken_connection_is_no_end_even_where_the_end_of_the_connection_is() -> None:
    reader = new_reader()
    reader.feed(OK + b"\r\nhalf")
    reader.eof(ConnectionResetError("reset by peer"))
    read, error = content(reader)

    assert read == b"half"
    assert isinstance(error, httpx.ReadError)


def test_closing_before_the_end_aborts_and_closing_after_it_does_not() -> None:
    early, late = Detached(), Detached()
    for source, wire in ((early, OK + b"Content-Length: 9\r\n\r\nhi"), (late, OK + b"Content-Length: 2\r\n\r\nhi")):
        reader = ResponseReader(source, asyncio.AbstractEventLoop())
        reader.feed(wire)
        reader.close()
        reader.close()

    assert (early.asked, late.asked) == (["abort"], [])


def test_reading_late_leaves_the_connection_to_whom_it_serves_by_then() -> None:
    source = Detached()
    reader = ResponseReader(source, asyncio.AbstractEventLoop())
    reader.feed(OK + b"Content-Length: 4\r\n\r\nhi")
    assert at_once(reader.__anext__()) == b"hi"
    reader.feed(b"ho")
    assert at_once(reader.__anext__()) == b"ho"

    assert source.asked == ["resume"]


def test_leaves_no_work_to_the_garbage_collector() -> None:
    gc.collect()
    gc.disable()
    try:
        readers = [new_reader() for _ in range(2)]
        readers[0].feed(OK + b"Content-Length: 2\r\n\r\nhi")
        readers[1].feed(b"garbage")
        watched = [weakref.ref(reader) for reader in readers]
        readers.clear()

        assert [reference() for reference in watched] == [None, None]
    finally:
        gc.enable()


def test_letting_go_keeps_the_connection_only_if_the_end_comes() -> None:
    source = Detached()
    reader = ResponseReader(source, asyncio.AbstractEventLoop())
    reader.feed(OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n")
    reader.let_go(1.5)
    reader.feed(b"4\r\nmore\r\n0\r\n\r\n")

    assert (reader.done, reader.keep_alive) == (True, True)
    assert source.asked == ["end within 1.5", "resume"]


def test_letting_go_of_an_endless_answer_has_a_bound() -> None:
    reader = new_reader()
    reader.feed(OK + b"\r\n")
    reader.let_go(1.0)
    reader.feed(b"x" * (MOST_FRAMING + 1))

    assert isinstance(reader.error, httpx.RemoteProtocolError)
