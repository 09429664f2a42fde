"""What an account may become."""

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.fakes.identity.fixed_time import NOON
from tests.fakes.identity.people import ADA

from ollamanet.domain.identity.account_states import (
    ERASED_AFTER,
    RESTORABLE_FOR,
    deleted,
    is_nameless,
    nameless,
    require_there,
    restored,
    version_of,
    with_status,
)
from ollamanet.domain.identity.names import Email, Username
from ollamanet.domain.identity.user import UserStatus
from ollamanet.domain.kernel.caller_limits import CallerLimits
from ollamanet.domain.kernel.errors import Conflict

GONE = deleted(ADA, NOON)


def test_what_is_deleted_is_so_since_the_first_time() -> None:
    assert (GONE.status, GONE.deleted_at) == (UserStatus.DELETED, NOON)
    assert deleted(GONE, NOON + timedelta(days=1)) is GONE


@pytest.mark.parametrize("status", [UserStatus.ACTIVE, UserStatus.LOCKED])
def test_only_what_is_there_is_locked_and_unlocked(status: UserStatus) -> None:
    assert with_status(ADA, status).status is status
    require_there(ADA)
    with pytest.raises(Conflict, match="restore it first"):
        with_status(GONE, status)


def test_a_deletion_is_taken_back_for_thirty_days() -> None:
    assert restored(GONE, NOON + RESTORABLE_FOR - timedelta(seconds=1)) == ADA
    with pytest.raises(Conflict, match="cannot be restored"):
        restored(GONE, NOON + RESTORABLE_FOR)
    with pytest.raises(Conflict, match="is not deleted"):
        restored(ADA, NOON)


def test_nothing_is_erased_while_it_can_be_restored() -> None:
    assert ERASED_AFTER > RESTORABLE_FOR == timedelta(days=30)


def test_a_purged_account_has_nothing_of_its_owner_and_cannot_be_restored() -> None:
    rich = replace(
        ADA,
        roles=frozenset({"Countess"}),
        last_sign_in_at=NOON,
        password_changed_at=NOON,
        email_verified_at=NOON,
        limits=CallerLimits(concurrency=1),
    )
    left = nameless(rich, NOON, "0a1b")

    assert left == replace(
        ADA,
        email=Email.parse("purged-0a1b@purged.invalid"),
        username=Username.parse("purged-0a1b"),
        status=UserStatus.DELETED,
        deleted_at=NOON - RESTORABLE_FOR,
    )
    with pytest.raises(Conflict):
        restored(left, NOON)


def test_what_was_deleted_longer_ago_stays_so() -> None:
    long_ago = NOON - timedelta(days=31)
    assert nameless(deleted(ADA, long_ago), NOON, "0").deleted_at == long_ago


def test_an_active_account_is_not_taken_for_a_purged_one_whatever_it_calls_itself() -> None:
    imitator = replace(ADA, email=Email.parse("ada@purged.invalid"))
    assert not is_nameless(imitator)
    assert not is_nameless(GONE)
    assert is_nameless(nameless(ADA, NOON, "0"))


def test_the_version_is_another_after_each_change_and_the_same_without_one() -> None:
    others = [
        replace(ADA, email=Email.parse("a@b.example")),
        replace(ADA, username=Username.parse("other")),
        replace(ADA, roles=frozenset({"User", "Admin"})),
        replace(ADA, status=UserStatus.LOCKED),
        replace(ADA, limits=CallerLimits(weight=2.0)),
        replace(ADA, limits=CallerLimits(models=frozenset())),
        replace(ADA, limits=CallerLimits(models=frozenset({"a:latest", "b:latest"}))),
        replace(ADA, limits=CallerLimits(tokens_per_day=5)),
        GONE,
    ]
    versions = {version_of(user) for user in others}
    assert len(versions) == len(others)
    assert version_of(ADA) not in versions
    assert version_of(ADA) == version_of(replace(ADA, last_sign_in_at=NOON))
