"""Forgetting who somebody was."""

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.fakes.identity.admin_desk import CHIEF, AdminDesk, administrator
from tests.fakes.identity.fixed_time import NOON
from tests.fakes.identity.people import ADA, BOB, person

from ollamanet.application.identity.commands.purge_expired_users import PurgeExpiredUsers
from ollamanet.application.identity.commands.purge_user import PurgeUser
from ollamanet.application.identity.commands.restore_user import RestoreUser
from ollamanet.application.kernel.audit import RETENTION
from ollamanet.domain.identity.account_states import deleted, is_nameless
from ollamanet.domain.identity.names import Username
from ollamanet.domain.kernel.errors import Conflict, StorageUnavailable

pytestmark = pytest.mark.anyio

BOSS = administrator(CHIEF)


async def test_a_purge_takes_names_sessions_password_and_what_others_keep() -> None:
    desk = AdminDesk(ADA)
    await desk.world.give(ADA.id, sessions=1, keys=1, resets=1)

    await desk.cases.purge(PurgeUser(BOSS, ADA.id))

    left = desk.users.stored[ADA.id]
    assert is_nameless(left.user)
    assert "ada" not in left.user.email.text + left.user.username.text
    assert left.password_hash == "1:made password 1"
    assert (desk.noted.purged, desk.noted.forgotten) == ([ADA.id], [ADA.id])
    assert desk.accounts.belongings.get(ADA.id, desk.accounts.of(BOB.id)) == desk.accounts.of(BOB.id)
    with pytest.raises(Conflict):
        await desk.cases.restore(RestoreUser(BOSS, ADA.id))


async def test_the_entry_of_a_purge_names_only_the_id() -> None:
    desk = AdminDesk(ADA)
    await desk.cases.purge(PurgeUser(BOSS, ADA.id))
    (entry,) = desk.trail
    assert (entry.action, entry.target, entry.target_name) == ("user.purged", f"user:{ADA.id}", "")
    assert (entry.before, entry.after) == ({}, {})


async def test_a_purge_that_was_interrupted_is_finished_by_the_next_one() -> None:
    desk = AdminDesk(ADA)
    desk.noted.down = 1
    with pytest.raises(StorageUnavailable):
        await desk.cases.purge(PurgeUser(BOSS, ADA.id))
    nameless = desk.now(ADA)

    await desk.cases.purge(PurgeUser(BOSS, ADA.id))

    assert (desk.now(ADA), desk.noted.purged) == (nameless, [ADA.id])
    assert len(desk.trail) == 1


async def test_nobody_can_keep_the_name_that_a_purge_needs() -> None:
    desk = AdminDesk(ADA, replace(BOB, username=Username.parse(f"purged-{ADA.id.hex}")))
    await desk.cases.purge(PurgeUser(BOSS, ADA.id))
    assert is_nameless(desk.now(ADA))


async def test_what_was_purged_is_looked_at_again_after_an_hour_and_erased() -> None:
    desk = AdminDesk(ADA, BOB)
    await desk.cases.purge(PurgeUser(BOSS, ADA.id))
    assert await desk.purge_expired(PurgeExpiredUsers()) == 0

    desk.clock.advance(3600)

    assert await desk.purge_expired(PurgeExpiredUsers()) == 1
    assert desk.noted.purged == [ADA.id, ADA.id]
    assert list(desk.users.stored) == [BOB.id]


async def test_what_was_deleted_is_forgotten_after_thirty_days_and_not_before() -> None:
    old, new = person("old", number=1), person("new", number=2)
    desk = AdminDesk(deleted(old, NOON), deleted(new, NOON + timedelta(seconds=1)), ADA)

    desk.clock.advance(30 * 86_400 + 3600)

    assert await desk.purge_expired(PurgeExpiredUsers()) == 1
    assert desk.noted.purged == [old.id]
    assert list(desk.users.stored) == [new.id, ADA.id]
    (entry,) = desk.trail
    assert (entry.action, entry.by, entry.target) == ("user.erased", RETENTION, f"user:{old.id}")
    assert "old" not in str(entry)


async def test_many_are_forgotten_a_few_at_a_time() -> None:
    people = [deleted(person(f"person{number}", number=number), NOON) for number in range(1, 8)]
    desk = AdminDesk(*people)
    desk.clock.advance(31 * 86_400)

    assert [await desk.purge_expired(PurgeExpiredUsers(3)) for _ in range(4)] == [3, 3, 1, 0]
    assert desk.noted.purged == [user.id for user in people]


async def test_an_account_stays_until_everything_of_it_is_gone() -> None:
    desk = AdminDesk(deleted(ADA, NOON))
    desk.clock.advance(31 * 86_400)
    desk.noted.down = 1
    with pytest.raises(StorageUnavailable):
        await desk.purge_expired(PurgeExpiredUsers())
    assert ADA.id in desk.users.stored
    assert await desk.purge_expired(PurgeExpiredUsers()) == 1
