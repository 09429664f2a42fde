"""The figures of the token estimate are printed, and taken from texts of the size they say."""

import pytest
from bench.token_estimate import BYTES, error_of, main, text_of
from bench.token_facts import kinds, tokenizers


@pytest.mark.parametrize("kind", kinds())
def test_times_are_of_texts_of_16_kb(kind: str) -> None:
    assert BYTES - 4 <= len(text_of(kind).encode()) <= BYTES


def test_an_error_is_the_same_for_the_same_seed() -> None:
    assert error_of("qwen2", ("code",), learning=20, judged=20) == error_of("qwen2", ("code",), learning=20, judged=20)


def test_prints_a_time_for_each_kind_and_an_error_for_each_tokenizer(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--calls", "1", "--rounds", "1", "--prompts", "1"])
    rows = [line.split(" | ") for line in capsys.readouterr().out.splitlines() if line.startswith("| ")]

    assert [row[0] for row in rows if row[-1] == "50 |"] == [f"| {kind}" for kind in kinds()]
    assert {row[1] for row in rows if row[0] == "| all"} == set(tokenizers())
