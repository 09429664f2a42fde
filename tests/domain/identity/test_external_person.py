"""What becomes of somebody whom a provider knows."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ollamanet.domain.identity.external_person import ExternalPerson, RoleMap

ADA = ExternalPerson("https://sso.example", "ada", "ada@example.org", email_verified=True, username="ada")
MAP = RoleMap({"ops": "Admin", "staff": "User", "labs": "Researcher"})


@pytest.mark.parametrize(
    ("groups", "current", "becomes"),
    [
        ({"ops"}, {"User"}, {"Admin"}),
        ({"ops", "staff"}, set(), {"Admin", "User"}),
        ({"else"}, {"Admin", "User"}, {"User"}),
        (set(), {"Researcher", "Writer"}, {"Writer"}),
        (None, {"Admin"}, {"Admin"}),
        (None, set(), {"User"}),
        ({"OPS"}, set(), {"User"}),
    ],
)
def test_mapped_roles_follow_the_claim_and_others_stay(
    groups: set[str] | None, current: set[str], becomes: set[str]
) -> None:
    person = replace(ADA, groups=None if groups is None else frozenset(groups))

    assert MAP.roles_of(person, current) == becomes


@given(
    st.frozensets(st.sampled_from(["ops", "staff", "labs", "x"])),
    st.frozensets(st.sampled_from(["Admin", "User", "Own"])),
)
def test_whatever_the_claim_says_nobody_is_without_a_role_or_loses_one_that_is_not_mapped(
    groups: frozenset[str], current: frozenset[str]
) -> None:
    roles = MAP.roles_of(replace(ADA, groups=groups), current)

    assert roles
    assert ("Own" in roles) == ("Own" in current)
    assert ("Admin" in roles) == ("ops" in groups)
    assert MAP.roles_of(replace(ADA, groups=groups), roles) == roles


def test_subjects_that_a_database_might_take_for_one_have_different_keys() -> None:
    subjects = ["ada", "Ada", "ada ", " ada", "adá", "a" * 200, "a" * 201, "sha256:x"]
    keys = [replace(ADA, subject=subject).key for subject in subjects]

    assert len({key.strip().lower() for key in keys}) == len(subjects)
    assert max(map(len, keys)) <= 200
    assert keys[0] == "ada"


@pytest.mark.parametrize(
    ("username", "email", "nicest"),
    [
        ("ada", None, "ada"),
        ("ada@corp.example", None, "ada"),
        ("Ada Lovelace", None, "Ada-Lovelace"),
        (None, "grace.hopper@example.org", "grace.hopper"),
        ("x", "y@example.org", "user-0af1"),
        ("\0<script>", None, "script"),
        (None, None, "user-0af1"),
    ],
)
def test_a_name_is_made_of_what_the_provider_calls_somebody(username: str, email: str, nicest: str) -> None:
    names = list(replace(ADA, username=username, email=email).usernames("0af1"))

    assert str(names[0]) == nicest
    assert str(names[-1]) == "user-0af1"
    assert len(names) == len(set(names))


@given(st.text(), st.text())
def test_whatever_the_provider_calls_somebody_there_is_a_name(username: str, email: str) -> None:
    assert list(replace(ADA, username=username, email=email).usernames("0123456789ab"))
