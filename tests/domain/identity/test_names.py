"""Names of accounts: what is one, and when two are the same."""

import unicodedata

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ollamanet.domain.identity.names import Email, Login, Username
from ollamanet.domain.kernel.errors import InvalidRequest

FORMS = ("NFC", "NFD", "NFKC", "NFKD")
# Letters whose case or normal form is not what one expects, beside plain ones.
NAME_CHARACTERS = st.sampled_from("aAzZ09._-éÅ\u212bßẞ\u0131İ\u017fΣ\u03c3ςﬁŉǅΐΰᾳ\uff41\uff11٣가힣ヴ\uff76\u13a0\uab70")
LABELS = st.sampled_from(["example", "Example", "x", "a-1", "b\u00fccher", "xn--bcher-kva", "\uff4frg"])


@st.composite
def usernames(draw: st.DrawFn) -> Username:
    return parsed(Username, draw(st.text(NAME_CHARACTERS, min_size=3, max_size=30)))


@st.composite
def emails(draw: st.DrawFn) -> Email:
    local = draw(st.text(NAME_CHARACTERS, min_size=1, max_size=30))
    return parsed(Email, f"{local}@{'.'.join(draw(st.lists(LABELS, min_size=2, max_size=4)))}")


def parsed(kind: type[Email] | type[Username], text: str) -> Email | Username:
    try:
        return kind.parse(text)
    except InvalidRequest:
        assume(False)
        raise


@given(st.one_of(usernames(), emails()))
def test_a_parsed_name_parses_to_itself(name: Username | Email) -> None:
    assert type(name).parse(str(name)) == name


@given(st.one_of(usernames(), emails()), st.sampled_from(FORMS))
def test_the_key_is_the_same_in_every_unicode_form(name: Username | Email, form: str) -> None:
    spelled = unicodedata.normalize(form, str(name))
    assert parsed(type(name), spelled).key == name.key


@given(st.one_of(usernames(), emails()))
def test_the_key_is_the_same_in_every_case(name: Username | Email) -> None:
    assert parsed(type(name), str(name).casefold()).key == name.key
    # Upper case is lossy for a few letters (a dotless i), so only names that survive the way back are asked.
    upper = str(name).upper()
    assume(upper.casefold() == str(name).casefold())
    assert parsed(type(name), upper).key == name.key


@given(st.one_of(usernames(), emails()))
def test_a_login_finds_the_name_that_it_spells(name: Username | Email) -> None:
    login = Login.parse(str(name))
    assert login.key == name.key
    assert login.is_email == isinstance(name, Email)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ada@Example.ORG", "ada@example.org"),
        ("\uff41da@example.org", "ada@example.org"),
        ("ﬁona@x.org", "Fiona@x.org"),
    ],
)
def test_two_spellings_of_one_address_are_one(one: str, other: str) -> None:
    assert Email.parse(one).key == Email.parse(other).key


def test_a_name_is_kept_as_it_was_written() -> None:
    assert str(Username.parse("Łukasz_Ä")) == "Łukasz_Ä"
    assert str(Email.parse("Ada.Lovelace@Example.org")) == "Ada.Lovelace@Example.org"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ada",
        "ada@",
        "@example.org",
        "ada@localhost",
        "ada@@example.org",
        "a da@example.org",
        " ada@example.org",
        "ada@example.org\n",
        "ada@-example.org",
        "ada@example-.org",
        "ada@exa_mple.org",
        "ada@example..org",
        ".ada@example.org",
        "ada.@example.org",
        "a..da@example.org",
        "a(d)a@example.org",
        "ada\u200b@example.org",
        "ada\x1b[31m@example.org",
        "a" * 65 + "@example.org",
        "ada@" + "a" * 64 + ".org",
    ],
)
def test_what_is_no_address_is_refused_with_what_one_looks_like(text: str) -> None:
    with pytest.raises(InvalidRequest, match=r"^email: expected an address like 'ada@example\.org'$"):
        Email.parse(text)


@pytest.mark.parametrize(
    "text", ["", "ab", "ada lovelace", "ada@home", "a/b/c", "../..", "ada!", "ada\n", "ad\u0301\u0301"]
)
def test_what_is_no_user_name_is_refused_with_what_one_is(text: str) -> None:
    with pytest.raises(InvalidRequest, match=r"^username: expected 3 to 64 letters, digits, '\.', '_' or '-'$"):
        Username.parse(text)


@pytest.mark.parametrize(
    ("kind", "field", "longest"), [(Email, "email", 254), (Username, "username", 64), (Login, "login", 254)]
)
def test_names_are_bounded_as_typed_normalised_and_folded(
    kind: type[Email] | type[Username] | type[Login], field: str, longest: int
) -> None:
    for text in ("a" * (longest + 1), "ﬁ" * longest, "ß" * longest):
        with pytest.raises(InvalidRequest, match=f"^{field}: expected at most {longest} characters$"):
            kind.parse(text)


def test_the_longest_names_are_taken() -> None:
    assert len(Username.parse("a" * 64).key) == 64
    address = "a" * 64 + "@" + ".".join(["b" * 63, "c" * 63, "d" * 61])
    assert len(Email.parse(address).key) == 254


@pytest.mark.parametrize(("kind", "field"), [(Email, "email"), (Username, "username"), (Login, "login")])
def test_nul_and_lone_surrogates_are_refused_by_name(
    kind: type[Email] | type[Username] | type[Login], field: str
) -> None:
    with pytest.raises(InvalidRequest, match=f"^{field}: expected text without NUL characters$"):
        kind.parse("ada\0@example.org")
    with pytest.raises(InvalidRequest, match=f"^{field}: expected valid Unicode text, without lone surrogates$"):
        kind.parse("ada\udc80@example.org")


def test_an_empty_login_is_refused() -> None:
    with pytest.raises(InvalidRequest, match=r"^login: expected an email address or a user name$"):
        Login.parse("")


@pytest.mark.parametrize("text", ["x", "no such thing!", "@"])
def test_a_login_that_nobody_can_have_is_still_a_login(text: str) -> None:
    assert Login.parse(text).key == text
