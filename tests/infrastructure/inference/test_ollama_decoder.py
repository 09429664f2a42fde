"""Bytes of a chat stream become deltas, the same ones however the bytes were cut."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.infrastructure.inference.ollama_answers import FINISHED, done_line, line

from ollamanet.domain.inference.errors import ReplicaFailed, ReplicaGarbled, ReplicaLost
from ollamanet.domain.kernel.chat import ToolCall
from ollamanet.domain.kernel.errors import PromptTooLarge, Refusal
from ollamanet.domain.kernel.reply import Delta, DoneReason, Finished, Text, Thinking, ToolCalled, Usage
from ollamanet.infrastructure.inference.ollama_decoder import LONGEST_LINE, LONGEST_REPLY, ReplyDecoder

TOO_LONG = json.dumps(
    {
        "error": {
            "code": 400,
            "message": "request (5000 tokens) exceeds the available context size (4096 tokens), try increasing it",
            "type": "exceed_context_size_error",
        }
    }
)
WORDS = st.text(max_size=12)
LINES = st.one_of(
    WORDS.map(line),
    WORDS.map(lambda text: line(thinking=text)),
    WORDS.map(lambda text: line(tool_calls=[{"id": "a", "function": {"name": "f", "arguments": {"x": text}}}])),
    st.just(b"\n"),
)
ENDS = st.one_of(
    st.just(done_line()),
    WORDS.map(done_line),
    st.just(done_line("cut", done_reason="length").rstrip(b"\n")),
    st.just(b'{"error":"out of memory"}\n'),
    st.sampled_from([b"", b"{", b"[1]\n", b"\xff\n", b"no json", b'{"other":1}\n', b'{"message":"no object"}\n']),
)


def new_decoder() -> ReplyDecoder:
    numbers = iter(range(100))
    return ReplyDecoder("gpu1:11434", lambda: f"made-{next(numbers)}")


def heard(*reads: bytes) -> tuple[list[Delta], type[Refusal] | None]:
    """All deltas, and the kind of failure that ended them."""
    decoder = new_decoder()
    deltas: list[Delta] = []
    for read in reads:
        if decoder.finished or decoder.failure:
            break
        deltas += decoder.feed(read)
    if not (decoder.finished or decoder.failure):
        deltas += decoder.end()
    assert decoder.finished == (decoder.failure is None)
    return deltas, type(decoder.failure) if decoder.failure else None


@given(st.data(), st.lists(LINES, max_size=5), ENDS)
def test_the_deltas_do_not_depend_on_how_the_bytes_were_cut(
    data: st.DataObject, lines: list[bytes], end: bytes
) -> None:
    sent = b"".join(lines) + end
    cuts = sorted(data.draw(st.sets(st.integers(0, len(sent)), max_size=8)))
    pieces = [sent[start:stop] for start, stop in zip([0, *cuts], [*cuts, len(sent)], strict=True)]

    assert heard(*(piece for piece in pieces if piece)) == heard(sent)


@given(st.lists(WORDS, max_size=6))
def test_every_word_arrives_once_and_in_order(words: list[str]) -> None:
    deltas, failure = heard(b"".join(map(line, words)), done_line("last"))

    assert failure is None
    assert deltas == [*(Text(word) for word in words if word), Text("last"), FINISHED]


@given(st.binary(max_size=80))
def test_any_bytes_end_in_a_typed_failure_or_a_reply(data: bytes) -> None:
    deltas, failure = heard(data)

    assert failure in {ReplicaLost, ReplicaGarbled}
    assert deltas == []


def test_thinking_comes_before_the_answer_and_counters_become_seconds() -> None:
    deltas, failure = heard(line(thinking="hm"), line("Paris", thinking="well"), done_line())

    assert failure is None
    assert deltas == [Thinking("hm"), Thinking("well"), Text("Paris"), FINISHED]


def test_the_last_line_may_carry_content_and_tool_calls() -> None:
    calls = [
        {"function": {"name": "f", "arguments": {"city": "Bern", "n": 1.5}}},
        {"function": {"name": "g"}, "id": "7"},
    ]
    deltas, failure = heard(done_line("so", tool_calls=calls))

    assert failure is None
    assert deltas == [
        Text("so"),
        ToolCalled(ToolCall("made-0", "f", '{"city":"Bern","n":1.5}')),
        ToolCalled(ToolCall("7", "g", "{}")),
        FINISHED,
    ]


def test_counters_that_are_not_there_are_unknown() -> None:
    deltas, _ = heard(b'{"message":{"content":null},"done":true,"eval_count":null}\n')

    assert deltas == [Finished(DoneReason.STOP, Usage(None, None), load=0.0, prefill=0.0)]


def test_counts_that_no_model_can_reach_are_unknown_too() -> None:
    deltas, _ = heard(done_line(prompt_eval_count=2**53 - 1, eval_count=10_000_001))

    assert isinstance(deltas[0], Finished)
    assert deltas[0].usage == Usage(None, None)


@pytest.mark.parametrize(
    ("reason", "expected"),
    [("stop", DoneReason.STOP), ("length", DoneReason.LENGTH), ("load", DoneReason.STOP), ("new", DoneReason.STOP)],
)
def test_a_reason_that_we_do_not_know_is_a_stop(reason: str, expected: DoneReason) -> None:
    deltas, _ = heard(done_line(done_reason=reason))

    assert isinstance(deltas[0], Finished)
    assert deltas[0].reason is expected


def test_an_error_line_comes_after_what_was_heard_in_the_same_read() -> None:
    deltas, failure = heard(line("Hel") + line("lo") + b'{"error":"runner died"}\n' + line("never"))

    assert deltas == [Text("Hel"), Text("lo")]
    assert failure is ReplicaFailed


def test_garbage_comes_after_what_was_heard_in_the_same_read() -> None:
    deltas, failure = heard(line("Hel") + b"\xff{\n" + line("never"))

    assert (deltas, failure) == ([Text("Hel")], ReplicaGarbled)


def test_a_prompt_that_is_too_long_is_told_apart_only_before_the_first_delta() -> None:
    told = json.dumps({"error": TOO_LONG}).encode() + b"\n"

    assert heard(told) == ([], PromptTooLarge)
    assert heard(line("Hel") + told) == ([Text("Hel")], ReplicaFailed)


def test_an_error_inside_an_error_is_shown_without_its_wrapping() -> None:
    decoder = new_decoder()
    decoder.feed(json.dumps({"error": TOO_LONG}).encode() + b"\n")

    assert decoder.failure is not None
    assert decoder.failure.detail.startswith("request (5000 tokens) exceeds the available context size")


def test_a_reply_that_ends_inside_a_line_or_without_its_last_one_is_lost() -> None:
    assert heard(line("Hel"), done_line()[:40]) == ([Text("Hel")], ReplicaLost)
    assert heard(line("Hel")) == ([Text("Hel")], ReplicaLost)
    assert heard(b"") == ([], ReplicaLost)


def test_a_line_may_be_large_but_not_without_bound() -> None:
    big = "x" * (LONGEST_LINE // 2)
    piece = line(big)
    reads = [piece[at : at + 65536] for at in range(0, len(piece), 65536)]
    assert heard(*reads, done_line()) == ([Text(big), FINISHED], None)

    for length, failure in ((LONGEST_LINE, None), (LONGEST_LINE + 1, ReplicaGarbled)):
        text = line("x" * (length - len(line()) + 1))
        assert heard(text[:9], text[9:], done_line())[1] is failure

    endless = b'{"message":{"content":"' + b"x" * 65536
    assert heard(line("Hel") + endless, *[b"x" * 65536] * (LONGEST_LINE // 65536)) == ([Text("Hel")], ReplicaGarbled)


def test_a_reply_may_be_long_but_not_without_bound() -> None:
    piece = line("x" * (1024 * 1024))
    most = LONGEST_REPLY // len(piece)

    assert heard(*[piece] * most, done_line())[1] is None
    assert heard(*[piece] * (most + 2), done_line())[1] is ReplicaGarbled


@pytest.mark.parametrize(
    "odd",
    [
        b'{"message":{"content":"\xff"}}',
        b'{"message":{"content":"\\ud800"}}',
        b"[" * 100_000,
        b'{"x":' * 100_000,
        b'{"eval_count":-1,"done":true}',
        b'{"done":true,"eval_count":99999999999999999999}',
        b'{"message":{"tool_calls":[{"function":{"name":"f","arguments":"{}"}}]}}',
        b"null",
        b'"text"',
    ],
)
def test_what_is_not_ollamas_is_garbled(odd: bytes) -> None:
    assert heard(odd + b"\n") == ([], ReplicaGarbled)
