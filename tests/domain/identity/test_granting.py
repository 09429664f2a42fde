"""Nobody hands out, or touches, more than he has himself."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ollamanet.domain.identity.granting import known_roles, require_may_grant, require_may_touch
from ollamanet.domain.identity.roles import RoleBook, RoleDefinition
from ollamanet.domain.kernel.caller_limits import NOTHING_SAID
from ollamanet.domain.kernel.errors import Forbidden, InvalidRequest
from ollamanet.domain.kernel.permissions import ALL, OF_USERS, Permission

sets_of_permissions = st.frozensets(st.sampled_from(sorted(ALL)))


def test_roles_are_spelled_as_in_the_book() -> None:
    book = RoleBook([RoleDefinition("Straße", OF_USERS)])
    assert known_roles(["admin", "STRASSE"], book) == {"Admin", "Straße"}


def test_a_role_that_is_gone_may_be_kept_and_not_be_given() -> None:
    assert known_roles(["User", "Old"], RoleBook(), kept={"Old"}) == {"User", "Old"}
    with pytest.raises(InvalidRequest, match=r"^role: expected one of User, Admin$"):
        known_roles(["User", "Old"], RoleBook())
    with pytest.raises(InvalidRequest, match="at least one"):
        known_roles([], RoleBook())


@given(held=sets_of_permissions, one=sets_of_permissions, other=sets_of_permissions)
def test_what_may_be_given_and_touched_is_what_one_has(
    held: frozenset[Permission], one: frozenset[Permission], other: frozenset[Permission]
) -> None:
    book = RoleBook([RoleDefinition("one", one), RoleDefinition("other", other)])
    roles = ["one", "other", "gone"]
    enough = book.standing(roles, NOTHING_SAID).permissions <= held

    for check in (require_may_grant, require_may_touch):
        if enough:
            check(held, roles, book)
        else:
            with pytest.raises(Forbidden):
                check(held, roles, book)


def test_what_is_missing_is_named() -> None:
    with pytest.raises(Forbidden, match=r"models:read$"):
        require_may_grant(frozenset({Permission.CHAT}), ["User"], RoleBook())
