"""Roles and the registration policy."""

import pytest

from ollamanet.application.kernel.actor import ADMIN, USER
from ollamanet.domain.identity.errors import (
    AccountDisabled,
    EmailTaken,
    RegistrationClosed,
    TokenExpired,
    UsernameTaken,
    WrongCredentials,
)
from ollamanet.domain.identity.user import RegistrationPolicy, Role
from ollamanet.domain.kernel.errors import InvalidRequest, Kind


@pytest.mark.parametrize(("text", "role"), [("admin", Role.ADMIN), ("ADMIN", Role.ADMIN), ("User", Role.USER)])
def test_roles_are_read_in_any_case(text: str, role: Role) -> None:
    assert Role.parse(text) is role


def test_an_unknown_role_is_refused_with_those_there_are() -> None:
    with pytest.raises(InvalidRequest, match=r"^role: expected one of User, Admin$"):
        Role.parse("root")


def test_roles_are_those_that_actors_are_asked_for() -> None:
    assert {role.value for role in Role} == {ADMIN, USER}


def test_an_open_registration_lets_everybody_in() -> None:
    assert RegistrationPolicy("open").require_open() is None


@pytest.mark.parametrize(
    ("policy", "reason"),
    [
        (RegistrationPolicy.INVITE, "registration is by invitation"),
        (RegistrationPolicy.CLOSED, "registration is closed"),
    ],
)
def test_other_policies_refuse_and_say_why(policy: RegistrationPolicy, reason: str) -> None:
    with pytest.raises(RegistrationClosed, match=f"^{reason}; ask an administrator"):
        policy.require_open()


def test_refusals_have_the_codes_of_the_contract() -> None:
    refusals = (
        (WrongCredentials(), Kind.UNAUTHENTICATED, "unauthenticated"),
        (TokenExpired("over"), Kind.UNAUTHENTICATED, "token_expired"),
        (RegistrationClosed("no"), Kind.FORBIDDEN, "forbidden"),
        (AccountDisabled(), Kind.FORBIDDEN, "forbidden"),
        (EmailTaken(), Kind.CONFLICT, "conflict"),
        (UsernameTaken(), Kind.CONFLICT, "conflict"),
    )
    assert [(refusal.kind, refusal.code) for refusal, *_ in refusals] == [(kind, code) for _, kind, code in refusals]
