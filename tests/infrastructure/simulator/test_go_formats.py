"""Times, durations, names and JSON as Go writes and reads them."""

import contextlib
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ollamanet.infrastructure.simulator.go_json import decode_object, encode
from ollamanet.infrastructure.simulator.go_time import parse_duration, parse_keep_alive, utc_stamp
from ollamanet.infrastructure.simulator.model_names import ModelName
from ollamanet.infrastructure.simulator.wire_errors import WireError


@pytest.mark.parametrize(
    ("nanoseconds", "stamp"),
    [
        (1_767_323_045_678_901_234, "2026-01-02T03:04:05.678901234Z"),
        (1_767_323_045_651_431_040, "2026-01-02T03:04:05.65143104Z"),
        (1_767_323_045_000_000_000, "2026-01-02T03:04:05Z"),
    ],
)
def test_a_stamp_has_no_trailing_zeros(nanoseconds: int, stamp: str) -> None:
    assert utc_stamp(nanoseconds) == stamp


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("300ms", 0.3),
        ("1.5h", 5400),
        ("2h45m", 9900),
        ("0", 0),
        ("-1s", -1),
        ("+.5s", 0.5),
        ("10us", 1e-5),
        ("3m2s", 182),
    ],
)
def test_a_duration_is_read_as_go_reads_it(text: str, seconds: float) -> None:
    assert math.isclose(parse_duration(text), seconds)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("300", 'time: missing unit in duration "300"'),
        ("-1", 'time: missing unit in duration "-1"'),
        ("3x", 'time: unknown unit "x" in duration "3x"'),
        ("", 'time: invalid duration ""'),
        ("soon", 'time: invalid duration "soon"'),
    ],
)
def test_a_bad_duration_is_refused_in_the_words_of_go(text: str, error: str) -> None:
    with pytest.raises(WireError, match=f"^{error}$"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("raw", "seconds"), [(None, None), (0, 0), ("0s", 0), (1.5, 1.5), (-1, math.inf), ("-1s", math.inf)]
)
def test_a_keep_alive_is_a_number_of_seconds_or_forever(raw: object, seconds: float | None) -> None:
    assert parse_keep_alive(raw) == seconds


@pytest.mark.parametrize(
    ("raw", "kind"), [(True, "bool"), ([], r"\[\]interface {}"), ({}, r"map\[string\]interface {}")]
)
def test_a_keep_alive_of_another_type_is_refused(raw: object, kind: str) -> None:
    with pytest.raises(WireError, match=f"Unsupported type: '{kind}'"):
        parse_keep_alive(raw)


@pytest.mark.parametrize(
    ("text", "short", "full"),
    [
        ("m", "m:latest", "registry.ollama.ai/library/m:latest"),
        ("ns/m:q4", "ns/m:q4", "registry.ollama.ai/ns/m:q4"),
        ("hf.co/ns/m", "hf.co/ns/m:latest", "hf.co/ns/m:latest"),
        ("registry.ollama.ai/library/m:1", "m:1", "registry.ollama.ai/library/m:1"),
    ],
)
def test_a_name_is_shown_as_short_as_it_can_be(text: str, short: str, full: str) -> None:
    name = ModelName.parse(text)

    assert name is not None
    assert (name.short, name.full) == (short, full)


@pytest.mark.parametrize("text", ["", "a b", "!!", ":latest", "a/b/c/d", "m:", "x" * 81])
def test_a_name_that_ollama_refuses_is_none(text: str) -> None:
    assert ModelName.parse(text) is None


@given(st.text())
def test_escaping_changes_the_bytes_but_never_the_text(text: str) -> None:
    encoded = encode({"text": text})

    assert not set(b"<>&") & set(encoded)
    assert decode_object(encoded, "Any") == {"text": text}


@given(st.binary(max_size=60))
def test_any_bytes_are_an_object_or_a_refusal(body: bytes) -> None:
    with contextlib.suppress(WireError):
        assert isinstance(decode_object(body, "Any"), dict)


@pytest.mark.parametrize("body", [b"[" * 200_000, b'{"a":' * 200_000, b'{"a":NaN}', b'{"a":1}x'])
def test_bodies_that_break_parsers_are_refused(body: bytes) -> None:
    with pytest.raises(WireError):
        decode_object(body, "Any")
