"""Names of files that come from what people typed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ollamanet.domain.kernel.file_names import is_safe_path, slug_of


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("Why is the sky blue?", "why-is-the-sky-blue"),
        ("../../etc/passwd", "etc-passwd"),
        ("C:\\Windows\\..\\NUL", "c-windows-nul"),
        ("Größe & Maß", "grösse-mass"),
        ("天空", "天空"),
        ("\u202egnp.exe", "gnp-exe"),
        ("...", ""),
        ("", ""),
    ],
)
def test_a_title_becomes_its_words(text: str, slug: str) -> None:
    assert slug_of(text) == slug


@given(st.text(), st.integers(1, 60))
def test_whatever_somebody_types_makes_a_harmless_name(text: str, longest: int) -> None:
    slug = slug_of(text, longest=longest)
    assert len(slug) <= longest
    assert is_safe_path(f"conversations/2026-11-22_{slug}_0190/conversation.md")


@pytest.mark.parametrize("path", ["a", "a/b.json", "a_b/größe-1.png", "konsole/con-1"])
def test_usual_paths_are_safe(path: str) -> None:
    assert is_safe_path(path)


@pytest.mark.parametrize(
    "path",
    [
        "", "/a", "a/", "a//b", ".", "..", "a/../b", "../a", "a\\b", "c:a", "a\nb", "a\0", "a\u202eb", "nul",
        "a/CON.txt", "com1.json", ".hidden", "a.", "a ", " a", "a?", "x" * 121, "/".join(["x" * 100] * 3),
    ],
)  # fmt: skip
def test_paths_that_lead_elsewhere_are_not(path: str) -> None:
    assert not is_safe_path(path)
