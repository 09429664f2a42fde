"""Well-formed HTTP/1.1 answers of every shape, with what a client must make of them."""

from dataclasses import dataclass

from hypothesis import strategies as st

WORDS = st.text(alphabet="abcxyz-", min_size=1, max_size=8).map(lambda word: word.encode())
VALUES = st.text(alphabet="abc XYZ,;=\t~", max_size=12).map(lambda text: text.strip(" \t").encode())
HEADERS = st.lists(st.tuples(WORDS.map(lambda word: b"X-" + word), VALUES), max_size=4)
CONTENT = st.binary(max_size=60)


@dataclass(frozen=True, slots=True)
class Answer:
    """What is on the wire, and what it says.

    `framing` is `length`, `chunked`, `close`, or `none` where the status allows no content.
    """

    wire: bytes
    status: int
    headers: list[tuple[bytes, bytes]]
    content: bytes
    framing: str


def lines(headers: list[tuple[bytes, bytes]]) -> bytes:
    return b"".join(name + b": " + value + b"\r\n" for name, value in headers)


@st.composite
def chunks(draw: st.DrawFn, content: bytes) -> bytes:
    cuts = sorted(draw(st.sets(st.integers(1, len(content) - 1), max_size=3))) if len(content) > 1 else []
    pieces = [content[start:end] for start, end in zip([0, *cuts], [*cuts, len(content)], strict=True)]
    extension = draw(st.sampled_from([b"", b";a=b", b';quoted="c d"']))
    framed = b"".join(b"%x%b\r\n%b\r\n" % (len(piece), extension, piece) for piece in pieces if piece)
    return framed + b"0\r\n" + lines(draw(HEADERS)) + b"\r\n"


@st.composite
def answers(draw: st.DrawFn) -> Answer:
    interim = b"".join(
        b"HTTP/1.1 %d Soon\r\n%b\r\n" % (status, lines(draw(HEADERS)))
        for status in draw(st.lists(st.sampled_from([100, 102, 103]), max_size=2))
    )
    status = draw(st.sampled_from([200, 201, 204, 206, 304, 400, 404, 500, 503]))
    headers = draw(HEADERS)
    framing = draw(st.sampled_from(["length", "chunked", "close"]))
    content = draw(CONTENT)
    if status in {204, 304}:
        framing, content, sent = "none", b"", b""
    elif framing == "length":
        headers = [*headers, (b"Content-Length", b"%d" % len(content))]
        sent = content
    elif framing == "chunked":
        headers = [*headers, (b"Transfer-Encoding", b"chunked")]
        sent = draw(chunks(content))
    else:
        sent = content
    reason = draw(st.sampled_from([b" OK", b" Not What You Think", b""]))
    wire = interim + b"HTTP/1.1 %d%b\r\n%b\r\n%b" % (status, reason, lines(headers), sent)
    return Answer(wire, status, headers, content, framing)


@st.composite
def cuts(draw: st.DrawFn, wire: bytes) -> list[bytes]:
    """The same bytes as 1..n reads."""
    at = sorted(draw(st.sets(st.integers(1, len(wire) - 1), max_size=12))) if len(wire) > 1 else []
    return [wire[start:end] for start, end in zip([0, *at], [*at, len(wire)], strict=True)]


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """An answer with some bytes lost, changed or added."""
    wire = bytearray(draw(answers()).wire)
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(wire)))
        match draw(st.sampled_from(["lose", "change", "add", "cut"])):
            case "lose":
                del wire[at : at + draw(st.integers(1, 5))]
            case "change" if at < len(wire):
                wire[at] = draw(st.integers(0, 255))
            case "add":
                wire[at:at] = draw(st.binary(min_size=1, max_size=5))
            case _:
                del wire[at:]
    return bytes(wire)
