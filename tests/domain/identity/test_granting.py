"""Nobody hands out, or touches, more than he has himself."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.fakes.identity.people import ADA

from ollamanet.domain.identity.granting import Means, known_roles
from ollamanet.domain.identity.roles import RoleBook, RoleDefinition
from ollamanet.domain.kernel.caller_limits import NOTHING_SAID, CallerLimits
from ollamanet.domain.kernel.errors import Forbidden, InvalidRequest
from ollamanet.domain.kernel.permissions import ALL, OF_USERS, Permission

sets_of_permissions = st.frozensets(st.sampled_from(sorted(ALL)))
lists_of_models = st.none() | st.frozensets(st.sampled_from(["a:1", "b:1", "c:1"]))


def test_roles_are_spelled_as_in_the_book() -> None:
    book = RoleBook([RoleDefinition("Straße", OF_USERS)])
    assert known_roles(["admin", "STRASSE"], book) == {"Admin", "Straße"}


def test_a_role_that_is_gone_may_be_kept_and_not_be_given() -> None:
    assert known_roles(["User", "Old"], RoleBook(), kept={"Old"}) == {"User", "Old"}
    with pytest.raises(InvalidRequest, match=r"^roles: expected some of User, Admin$"):
        known_roles(["User", "Old"], RoleBook())
    with pytest.raises(InvalidRequest, match="at least one"):
        known_roles([], RoleBook())


@given(held=sets_of_permissions, one=sets_of_permissions, other=sets_of_permissions)
def test_what_may_be_given_and_touched_is_what_one_has(
    held: frozenset[Permission], one: frozenset[Permission], other: frozenset[Permission]
) -> None:
    book, giver = RoleBook([RoleDefinition("one", one), RoleDefinition("other", other)]), Means(held)
    roles = ["one", "other", "gone"]
    enough = book.standing(roles, NOTHING_SAID).permissions <= held

    for check in (giver.require_may_grant, giver.require_may_touch):
        if enough:
            check(roles, book)
        else:
            with pytest.raises(Forbidden):
                check(roles, book)


def test_what_is_missing_is_named() -> None:
    with pytest.raises(Forbidden, match=r"models:read$"):
        Means(frozenset({Permission.CHAT})).require_may_grant(["User"], RoleBook())


@given(mine=lists_of_models, roles=lists_of_models, before=lists_of_models, after=lists_of_models)
def test_what_somebody_made_of_an_account_may_ask_no_model_that_is_not_his(
    mine: frozenset[str] | None,
    roles: frozenset[str] | None,
    before: frozenset[str] | None,
    after: frozenset[str] | None,
) -> None:
    book = RoleBook([RoleDefinition("User", OF_USERS, CallerLimits(models=roles))])
    was = replace(ADA, limits=CallerLimits(models=before))
    made = replace(ADA, limits=CallerLimits(models=after))
    may_ask = book.standing(made.roles, made.limits).limits.models

    if made == was or mine is None or (may_ask is not None and may_ask <= mine):
        Means(OF_USERS, mine).require_may_change(was, made, book)
    else:
        with pytest.raises(Forbidden, match="models that you may not ask yourself"):
            Means(OF_USERS, mine).require_may_change(was, made, book)
    Means(ALL, mine).require_may_change(was, made, book)


@pytest.mark.parametrize(
    "limits",
    [{name: 9} for name in ("concurrency", "requests_per_minute", "tokens_per_minute", "tokens_per_day", "weight")],
)
def test_numbers_are_set_by_those_who_may_change_the_system(limits: dict[str, float]) -> None:
    limited = replace(ADA, limits=CallerLimits(**limits))
    for before, after in ((ADA, limited), (limited, ADA)):
        with pytest.raises(Forbidden, match="limits: this needs the permission system:write"):
            Means(ALL - {Permission.SYSTEM_WRITE}).require_may_change(before, after, RoleBook())
        Means(ALL).require_may_change(before, after, RoleBook())


def test_a_role_that_opens_more_models_is_not_made_to_do_more() -> None:
    narrow = Means(OF_USERS, frozenset({"a:1"}))
    idle = RoleDefinition("Idle", frozenset())

    with pytest.raises(Forbidden, match="models that you may not ask yourself"):
        narrow.require_may_make(idle, replace(idle, permissions=OF_USERS))
    narrow.require_may_make(replace(idle, permissions=OF_USERS), idle)
    narrow.require_may_make(idle, replace(idle, description="does nothing"))
