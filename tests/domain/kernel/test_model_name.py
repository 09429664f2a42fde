"""Names of models: what is one, what is not, and when two spellings mean the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.strategies.model_names import families, model_names, parts

from ollamanet.domain.kernel.errors import InvalidRequest
from ollamanet.domain.kernel.model_name import ModelName


@given(text=model_names)
def test_a_name_survives_being_written_and_read_again(text: str) -> None:
    name = ModelName.parse(text)

    assert ModelName.parse(str(name)) == name
    assert str(name) in (text, f"{text}:latest")


@given(family=families, tag=parts)
def test_the_tag_is_what_stands_after_the_last_colon(family: str, tag: str) -> None:
    assert ModelName.parse(f"{family}:{tag}") == ModelName(family, tag)


@pytest.mark.parametrize(
    ("text", "family", "tag"),
    [
        ("llama3", "llama3", "latest"),
        ("llama3.2:1b-instruct-q4_K_M", "llama3.2", "1b-instruct-q4_K_M"),
        ("library/qwen3:0.6b", "library/qwen3", "0.6b"),
        ("hf.co/user/model-GGUF:Q4_0", "hf.co/user/model-GGUF", "Q4_0"),
        ("localhost:5000/team/m", "localhost:5000/team/m", "latest"),
        ("localhost:5000/team/m:8b", "localhost:5000/team/m", "8b"),
        ("a", "a", "latest"),
        ("a" * 80, "a" * 80, "latest"),
        (f"{'h' * 350}/{'n' * 80}/{'m' * 80}:{'t' * 80}", f"{'h' * 350}/{'n' * 80}/{'m' * 80}", "t" * 80),
    ],
)
def test_reads_what_ollama_reads(text: str, family: str, tag: str) -> None:
    assert ModelName.parse(text) == ModelName(family, tag)


@pytest.mark.parametrize(
    ("text", "cloud"),
    [
        ("gpt-oss:120b-cloud", True),
        ("gpt-oss:120b-CLOUD", True),
        ("kimi:cloud", True),
        ("team/kimi:Cloud", True),
        ("nimbus-cloud", False),
        ("cloud", False),
        ("cloud:8b", False),
        ("gpt:cloudy", False),
        ("gpt:mycloud", False),
        ("gpt:cloud-8b", False),
    ],
)
def test_the_end_of_a_tag_tells_what_ollama_forwards_to_its_cloud(text: str, cloud: bool) -> None:
    assert ModelName.parse(text).is_cloud is cloud


@pytest.mark.parametrize(
    "text",
    [
        "", " ", ":", "/", ".", "..", "-", "llama3:", ":latest", "llama3:1b:2b", "llama3 ", " llama3", "llama 3",
        "../x", "../../etc/passwd", "/etc/passwd", "a/../b", "a/..", "a/./b", "./a", "a//b", "/a", "a/", "a/b/c/d",
        "a..b", "a:b..c", "..%2fx", "%2e%2e", "a\\b", "C:\\x", "~/.ssh", "a/~b", "llama3\n", "llama3\x00", "\x00",
        "a\tb", "a\rb", "a\x7fb", "llama³", "\u043b\u043b\u0430\u043c\u0430", "a\u200bb", "a\u2024b", "\u0660",
        "a\ud800", "a'b", 'a"b', "a;b", "a|b",
        "$(id)", "`id`", "a*b", "a?b", "a#b", "a@b", "a&b", "a=b", "a+b", "a{b}", "a<b>", ".a", "a.", "-a", "a" * 81,
        f"m:{'t' * 81}", f"{'h' * 351}/n/m", "a" * 601, "a/" * 300,
    ],
)  # fmt: skip
def test_refuses_everything_else_and_names_the_field(text: str) -> None:
    with pytest.raises(InvalidRequest, match=r"^model: expected") as refused:
        ModelName.parse(text)

    assert len(refused.value.detail) < 200


@given(text=st.text(max_size=30))
def test_whatever_is_accepted_cannot_leave_a_folder(text: str) -> None:
    try:
        name = str(ModelName.parse(text))
    except InvalidRequest:
        return

    assert ".." not in name
    assert not name.startswith("/")
    assert all(part.isascii() and part.isprintable() and part for part in name.split("/"))


def test_spellings_that_differ_in_case_are_one_model() -> None:
    assert ModelName.parse("Hf.co/User/Model:Q4").key == ModelName.parse("hf.co/user/MODEL:q4").key
    assert ModelName.parse("llama3").key == ModelName.parse("LLAMA3:Latest").key
    assert ModelName.parse("llama3").key != ModelName.parse("llama3:8b").key


@pytest.mark.parametrize("text", ["a" * 599 + "!", "a:" * 299, "a." * 299 + "/", "a/" + "." * 500, "-_" * 299])
@pytest.mark.timeout(10)
def test_a_long_name_that_almost_fits_is_refused_without_backtracking_for_ever(text: str) -> None:
    with pytest.raises(InvalidRequest):
        ModelName.parse(text)
