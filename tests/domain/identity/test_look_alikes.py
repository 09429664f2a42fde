"""Names that look like other names: refused, or one and the same."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ollamanet.domain.identity.look_alikes import skeleton, spoken
from ollamanet.domain.identity.names import Email, Login, Username
from ollamanet.domain.identity.reserved_names import require_unreserved
from ollamanet.domain.identity.scripts import has_invisible, scripts_of
from ollamanet.domain.kernel.errors import InvalidRequest

LATIN = st.sampled_from("abcdefghijklmnopqrstuvwxyzéßøł")
CYRILLIC = st.sampled_from("абвгдежзийклмнопрстуфхцчшщъыьэюя\u0456\u0458\u0455")
GREEK = st.sampled_from("αβγδεζηθικλμνξοπρστυφχψω")
ARMENIAN = st.sampled_from("աբգդեզէըթժիլխծկհձղճմյնշոչպջռսվտրցւփքօֆ")
HEBREW = st.sampled_from("אבגדהוזחטיכלמנסעפצקרשת")
CJK = st.sampled_from("中文名字漢字東京")
KANA = st.sampled_from("あいうえおアイウエオー々")
HANGUL = st.sampled_from("가나다라마바사")
ALONE = (LATIN, CYRILLIC, GREEK, ARMENIAN, HEBREW)
INVISIBLE = st.sampled_from(
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u180e\u200b\u200c\u200d\u200e\u200f\u202a\u202e\u2060\u2066\u2069\u2800\u3164"
    "\ufe0f\ufeff\uffa0\U000e0041\U000e0101\x07\x1b"
)


def names(*letters: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.text(st.one_of(*letters), min_size=3, max_size=20)


@given(st.sampled_from(ALONE).flatmap(names))
def test_a_name_in_one_script_is_a_name(text: str) -> None:
    assert str(Username.parse(text)) == unicodedata.normalize("NFKC", text)


@given(st.one_of(names(LATIN, CJK, KANA), names(LATIN, CJK, HANGUL)))
def test_what_is_usual_in_japan_china_and_korea_is_a_name(text: str) -> None:
    assert Username.parse(text)
    assert Email.parse(f"{text}@example.org")


@given(st.data(), st.permutations([*ALONE, HANGUL]))
def test_letters_of_scripts_that_do_not_go_together_are_refused(
    data: st.DataObject, scripts: list[st.SearchStrategy[str]]
) -> None:
    one, other = scripts[0], scripts[1]
    if {id(one), id(other)} == {id(LATIN), id(HANGUL)}:
        other = scripts[2]
    mixed = "".join(data.draw(st.permutations([data.draw(one), data.draw(other), data.draw(one)])))
    with pytest.raises(InvalidRequest, match=r"^username: expected letters of one script, not of "):
        Username.parse(mixed)
    for address in (f"{mixed}@example.org", f"ada@{mixed}.org"):
        with pytest.raises(InvalidRequest, match=r"^email: expected letters of one script"):
            Email.parse(address)


@given(st.text("ab1._-", min_size=3, max_size=10), st.integers(0, 10), INVISIBLE)
def test_what_cannot_be_seen_is_in_no_name(text: str, place: int, hidden: str) -> None:
    assert has_invisible(hidden)
    for kind, typed in ((Username, text), (Email, f"ada{text}"), (Email, f"ada@{text}")):
        spoilt = typed[:place] + hidden + typed[place:]
        with pytest.raises(InvalidRequest):
            kind.parse(spoilt if kind is Username or "@" in typed else f"{spoilt}@example.org")


@pytest.mark.parametrize("text", ["12\u0663", "ada\u0661\u06f1", "\u0967\u09e7\u0967"])
def test_digits_of_two_scripts_are_refused(text: str) -> None:
    with pytest.raises(InvalidRequest, match=r"^username: expected digits of one script$"):
        Username.parse(text)


@given(st.one_of(*map(names, (*ALONE, HANGUL)), names(CJK, KANA)), st.sampled_from(["NFC", "NFD", "NFKC", "NFKD"]))
def test_the_skeleton_is_the_same_in_every_form_and_of_itself(text: str, form: str) -> None:
    assert skeleton(unicodedata.normalize(form, text)) == skeleton(text)
    assert skeleton(skeleton(text)) == skeleton(text)
    assert Login.parse(text).key == skeleton(text)


@given(st.text(st.characters(max_codepoint=127)))
def test_of_ascii_only_the_case_changes(text: str) -> None:
    assert skeleton(text) == text.lower()


@pytest.mark.parametrize(
    ("text", "looks_like"),
    [
        ("\u0441\u043e\u0441\u043e", "coco"),
        ("\u0420\u0410\u0423\u0420\u0410\u04cf", "paypal"),
        ("\u03bf\u03bd\u03bf", "ovo"),
        ("\u0585\u0578\u0585", "ono"),
        ("\u13aa\u13de\u13aa", "ala"),
        ("\ua4ee\ua4d3\ua4ee", "ada"),
        ("\u0251d\u0251", "ada"),
    ],
)
def test_a_name_of_look_alikes_is_the_name_that_it_looks_like(text: str, looks_like: str) -> None:
    assert Username.parse(text).key == Username.parse(looks_like).key


@pytest.mark.parametrize(
    "text",
    ["admin", "Admin", "ADMIN1", "adm1n", "4dm1n", "\u00e1dmin", "a.d.m.i.n", "root", "R00T", "r-o-o-t",
     "\uff52oot", "ollamanet", "0llamanet", "ollama-net", "ollamanet.team", "my-admin", "support", "supp0rt-24",
     "System",
     "helpdesk", "no-reply", "anonymous", "sysadm1n", "sup\u0301port"],
)  # fmt: skip
def test_names_of_offices_are_reserved(text: str) -> None:
    with pytest.raises(InvalidRequest, match=r"^username: "):
        require_unreserved(Username.parse(text))


@pytest.mark.parametrize(
    "text",
    [
        "ada",
        "supporter",
        "systematic",
        "badminton",
        "rooty",
        "adminka",
        "llama",
        "info.desk",
        "\u0430\u043d\u043d\u0430",
    ],
)
def test_other_names_are_free(text: str) -> None:
    assert require_unreserved(Username.parse(text)) is None


def test_at_a_glance_accents_and_signs_are_not_seen() -> None:
    assert "admin" in spoken("\u00c4.d-m_1n42")
    assert scripts_of("ab12._-") == {"LATIN"}


def test_a_name_whose_skeleton_is_too_long_is_refused() -> None:
    accented = "\u045e" * 40
    with pytest.raises(InvalidRequest, match=r"^username: expected at most 64 characters$"):
        Username.parse(accented)
