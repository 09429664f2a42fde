"""Every mistake in a file of model profiles is told at once, with its line and what was expected."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ollamanet.domain.kernel.model_terms import Overflow
from ollamanet.infrastructure.inference import models_file_yaml
from ollamanet.infrastructure.inference.models_file import parse_models_file
from ollamanet.infrastructure.inference.models_file_mistakes import ModelsFileInvalid
from ollamanet.infrastructure.inference.models_file_values import SHIPPED

GOOD = "profiles:\n  a:\n    system_memory: 0GB\n"


def mistakes(text: str | bytes) -> list[str]:
    with pytest.raises(ModelsFileInvalid) as invalid:
        parse_models_file(text.encode() if isinstance(text, str) else text)
    return [
        f"{each.line} {each.place}: {each.expected}" + ("" if each.given is None else f" <- {each.given}")
        for each in invalid.value.mistakes
    ]


def mistaken_lines(text: str) -> list[int] | None:
    """None where the file is good."""
    try:
        assert parse_models_file(text.encode("utf-8", "surrogatepass"))
    except ModelsFileInvalid as invalid:
        return [each.line for each in invalid.mistakes]
    return None


def test_all_of_them_are_told_in_the_order_of_the_file() -> None:
    text = """
defaults: {num_ctx: 8192, keepalive: 3m}
profiles:
  a:
    gpu_memory: lots
    default:
      prompt_tokens: 8192
    prewarm: ["x:y:z", brief, BRIEF:latest]
    models:
      qwen3: {num_ctx: '8192', slots: 0x10, overflow: cut, keep_alive: soon}
      Qwen3: {}
      qwen3: {}
      brief: {keep_alive: 5}
      brief:latest: {num_ctx: 512}
      "..": {}
      ? [1]
      : {}
  b: 3
  c: {gpu_memory: 8GB, system_memory: 3GB}
  d: {gpu_memory: 8GB}
  e:
    gpu_memory: 8GB
    classes: {interactive: {queue_timeout: 3m, total_timeout: 60}, batch: {}}
  "no name": {system_memory: 1GB, prewarm: one}
"""
    overflows = ", ".join(each.value for each in Overflow)
    fit = "a num_ctx of 8448 or more, for prompt_tokens (8192) and an answer of expected_output (256) tokens"

    assert mistakes(text) == [
        "2 defaults.keepalive: a known key; did you mean keep_alive?",
        "5 profiles.a.gpu_memory: a size of memory, such as 24GB or 512MiB <- 'lots'",
        f"7 profiles.a.default.prompt_tokens: {fit} <- 'num_ctx 8192'",
        "8 profiles.a.prewarm[1]: the name of a model, such as qwen3 or qwen3:14b <- 'x:y:z'",
        "8 profiles.a.prewarm[2]: a model whose keep_alive is 60 s or more, and not 5 s <- 'brief'",
        "8 profiles.a.prewarm[3]: each model once <- 'BRIEF:latest'",
        "10 profiles.a.models.qwen3.num_ctx: a number without quotes <- '8192'",
        "10 profiles.a.models.qwen3.slots: a whole number from 1 to 1024 <- '0x10'",
        f"10 profiles.a.models.qwen3.overflow: one of {overflows} <- 'cut'",
        "10 profiles.a.models.qwen3.keep_alive: seconds, a duration such as 30m, 0, or forever <- 'soon'",
        "11 profiles.a.models.Qwen3: each model once, whatever the case of its letters; it is on line 10 already",
        "12 profiles.a.models.qwen3: each key once; it is on line 10 already",
        f"14 profiles.a.models.brief:latest.num_ctx: {fit} <- 'num_ctx 512'",
        "15 profiles.a.models...: the name of a model, such as qwen3 or qwen3:14b <- '..'",
        "16 profiles.a.models: a plain word as a key",
        "18 profiles.b: a mapping with gpu_memory, system_memory, default, prewarm, classes, models <- '3'",
        "18 profiles.b: one of gpu_memory and system_memory: how much a machine has to have",
        "19 profiles.c: one of gpu_memory and system_memory: how much a machine has to have",
        "21 profiles.e: another gpu_memory than that of d, or neither could be chosen before the other",
        "23 profiles.e.classes.batch: a known key: interactive, background",
        "23 profiles.e.classes.interactive: a queue_timeout of at most total_timeout (60 s)",
        "24 profiles.no name: a name of letters, digits, '.', '_' and '-' <- 'no name'",
        "24 profiles.no name.prewarm: a list of names of models <- 'one'",
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "1 : a mapping with profiles"),
        ("# nothing", "1 : a mapping with profiles"),
        ("3", "1 : a mapping with defaults, classes, profiles <- '3'"),
        ("{}", "1 profiles: one profile or more"),
        ("profiles:", "1 profiles: one profile or more"),
        ("profiles: []", "1 profiles: a mapping from names of profiles"),
        (GOOD + "profile: {}", "4 profile: a known key; did you mean profiles?"),
        (GOOD + "    prewarm: [a, b, c, d, e]", "4 profiles.a.prewarm[5]: at most 4 models <- 'e'"),
        (GOOD + "    prewarm: [[a]]", "4 profiles.a.prewarm[1]: the name of a model, such as qwen3 or qwen3:14b"),
        (GOOD + "    default: {slots: 0}", "4 profiles.a.default.slots: a whole number from 1 to 1024 <- '0'"),
        (GOOD + "    default: {slots: 010}", "4 profiles.a.default.slots: a whole number from 1 to 1024 <- '010'"),
        (GOOD + "    default: {slots: 1.0}", "4 profiles.a.default.slots: a whole number from 1 to 1024 <- '1.0'"),
        (GOOD + "    default: {slots: true}", "4 profiles.a.default.slots: a whole number from 1 to 1024 <- 'true'"),
        (GOOD + "    default: {slots: null}", "4 profiles.a.default.slots: a whole number from 1 to 1024 <- 'null'"),
        (GOOD + "    default: {slots: !!int 2}\n  a2: !x {}", "5 profiles.a2: a mapping with gpu_memory, "),
        (GOOD + "    default: !!set {slots}", "4 profiles.a.default.slots: a whole number from 1 to 1024"),
        (GOOD + "    <<: {default: {}}", "4 profiles.a.<<: a known key"),
        (
            GOOD + "    default: {num_ctx: 300, expected_output: 300}",
            "4 profiles.a.default.num_ctx: a num_ctx of 301 or more, for a prompt and an answer of",
        ),
        ("a: ]", "1 : YAML ("),
        ("a:\n  b\n c: d", "3 : YAML ("),
        ("a: 1\n\tb: 2", "2 : YAML ("),
        ("--- {}\n--- {}", "2 : YAML ("),
        (GOOD + "b: \x01", "4 : text without control characters"),
        (GOOD.encode() + b"b: \xff", "4 : text in UTF-8"),
    ],
)
def test_a_single_mistake_is_told_with_its_line(text: str | bytes, told: str) -> None:
    found = mistakes(text)

    assert found[0].startswith(told), found
    assert all(each.split(" ")[0] == told.split(" ", maxsplit=1)[0] for each in found)


def test_a_file_cannot_grow_by_naming_parts_of_itself() -> None:
    bomb = "a: &a [x, x]\n" + "".join(
        f"{name}: &{name} [*{before}, *{before}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
    )

    told = mistakes(bomb)

    assert told[0] == "1 : values written out, without anchors <- '&a'"
    assert "2 : values written out, without aliases <- '*a'" in told
    assert len(told) == 9 + 16


@pytest.mark.parametrize(
    "text", ["[" * 100_000, "{a: " * 50_000, "- " * 50_000, "x: [" + "1," * 30_000 + "]", "x: [" + "&a 1," * 30_000]
)
def test_a_file_can_be_neither_deep_nor_wide(text: str) -> None:
    assert any("at most 20000 values, and 12 levels" in each for each in mistakes(text))


def test_a_file_cannot_be_large() -> None:
    assert mistakes(GOOD + "#" * models_file_yaml.MOST_BYTES) == ["1 : a file of at most 256 KiB"]


def test_what_a_mistake_repeats_is_short_and_printable() -> None:
    told = mistakes(f'{GOOD}    default: {{overflow: "\\e[31m{"x" * 500}", "\\e[2J": 1}}')

    assert all(each.isprintable() and len(each) < 200 for each in told)


SHIPPED_TEXT = SHIPPED.read_text(encoding="utf-8")
spans = st.tuples(st.integers(0, len(SHIPPED_TEXT)), st.integers(0, 40))
scraps = st.text(st.sampled_from(list("{}[]:,-&*!|>'\"#%@? \n\tabz019~<")), max_size=6) | st.text(max_size=3)


@given(changes=st.lists(st.tuples(spans, scraps), min_size=1, max_size=4))
def test_whatever_is_done_to_a_file_it_is_good_or_its_mistakes_have_lines(
    changes: list[tuple[tuple[int, int], str]],
) -> None:
    text = SHIPPED_TEXT[SHIPPED_TEXT.index("defaults:\n  num_ctx") :]
    for (start, length), scrap in changes:
        text = text[: start % len(text)] + scrap + text[start % len(text) + length :]
        text = text or GOOD
    lines = mistaken_lines(text)

    assert lines is None or lines
    assert all(1 <= line <= text.count("\n") + 2 for line in lines or [])


@given(st.binary(max_size=60))
def test_any_bytes_are_good_or_a_mistake(content: bytes) -> None:
    with pytest.raises(ModelsFileInvalid):
        parse_models_file(content)


@pytest.mark.parametrize("text", [GOOD, SHIPPED_TEXT, GOOD + "b: \x01", "a:\n  b\n c: d", "a: 1\n\tb: 2", "a: ]"])
def test_the_parser_without_libyaml_agrees(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with_c = mistaken_lines(text)
    monkeypatch.setattr(models_file_yaml, "_LOADER", models_file_yaml.yaml.SafeLoader)

    assert mistaken_lines(text) == with_c
