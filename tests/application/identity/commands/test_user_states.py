"""Locking, deleting, restoring somebody's account, and giving it another password."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest
from tests.fakes.identity.admin_desk import CHIEF, DEPUTY, AdminDesk, administrator
from tests.fakes.identity.fixed_time import NOON
from tests.fakes.identity.people import ADA, BOB, person

from ollamanet.application.identity.administration import Administrator
from ollamanet.application.identity.commands.lock_user import LockUser
from ollamanet.application.identity.commands.purge_user import PurgeUser
from ollamanet.application.identity.commands.reset_user_password import ResetUserPassword
from ollamanet.application.identity.commands.restore_user import RestoreUser
from ollamanet.application.identity.commands.soft_delete_user import SoftDeleteUser
from ollamanet.application.identity.commands.unlock_user import UnlockUser
from ollamanet.domain.identity.account_states import deleted
from ollamanet.domain.identity.errors import LastAdmin
from ollamanet.domain.identity.user import UserStatus
from ollamanet.domain.kernel.errors import Conflict, Forbidden, InvalidRequest, NotFound
from ollamanet.domain.kernel.ids import UserId

pytestmark = pytest.mark.anyio

BOSS = administrator(CHIEF)
HELPER = replace(person("helper", number=3), roles=frozenset({"Helpdesk"}))
Act = Callable[[AdminDesk, Administrator, UserId], Awaitable[object]]
ACTS: dict[str, Act] = {
    "lock": lambda desk, by, who: desk.cases.lock(LockUser(by, who, "stolen")),
    "unlock": lambda desk, by, who: desk.cases.unlock(UnlockUser(by, who)),
    "delete": lambda desk, by, who: desk.cases.delete(SoftDeleteUser(by, who)),
    "restore": lambda desk, by, who: desk.cases.restore(RestoreUser(by, who)),
    "reset": lambda desk, by, who: desk.cases.reset_password(ResetUserPassword(by, who)),
    "purge": lambda desk, by, who: desk.cases.purge(PurgeUser(by, who)),
}


async def test_a_lock_signs_out_and_its_reason_is_on_record() -> None:
    desk = AdminDesk(ADA)
    await ACTS["lock"](desk, BOSS, ADA.id)

    assert desk.now(ADA) == replace(ADA, status=UserStatus.LOCKED)
    assert (desk.accounts.ended, desk.noted.forgotten) == ([(ADA.id, "locked")], [ADA.id])
    (entry,) = desk.trail
    assert (entry.action, entry.before) == ("user.locked", {"status": "active"})
    assert entry.after == {"status": "locked", "reason": "stolen"}
    with pytest.raises(InvalidRequest, match=r"^reason: expected at most 500 characters$"):
        await desk.cases.lock(LockUser(BOSS, ADA.id, "x" * 501))


async def test_unlocking_takes_back_what_failed_sign_ins_did_too() -> None:
    desk = AdminDesk(ADA)
    await desk.world.fail(ADA.id, minutes=5)
    await ACTS["lock"](desk, BOSS, ADA.id)
    await ACTS["unlock"](desk, BOSS, ADA.id)

    assert desk.now(ADA) == ADA
    assert desk.accounts.of(ADA.id).locked_until is None
    assert [entry.action for entry in desk.trail] == ["user.locked", "user.unlocked"]


async def test_a_deletion_signs_out_and_can_be_taken_back_for_thirty_days() -> None:
    desk = AdminDesk(ADA, BOB)
    for user in (ADA, BOB):
        await ACTS["delete"](desk, BOSS, user.id)
    assert desk.accounts.ended == [(ADA.id, "deleted"), (BOB.id, "deleted")]

    desk.clock.advance(30 * 86_400 - 1)
    await ACTS["restore"](desk, BOSS, ADA.id)
    assert desk.now(ADA) == ADA

    desk.clock.advance(1)
    with pytest.raises(Conflict, match="more than 30 days"):
        await ACTS["restore"](desk, BOSS, BOB.id)
    assert [entry.action for entry in desk.trail] == ["user.deleted", "user.deleted", "user.restored"]


async def test_a_second_deletion_changes_nothing() -> None:
    desk = AdminDesk(ADA)
    await ACTS["delete"](desk, BOSS, ADA.id)
    desk.clock.advance(60)
    await ACTS["delete"](desk, BOSS, ADA.id)
    assert desk.now(ADA).deleted_at == NOON
    assert len(desk.trail) == 1


async def test_a_new_password_is_told_once_kept_as_a_hash_and_signs_out() -> None:
    desk = AdminDesk(ADA)
    await desk.world.give(ADA.id, resets=1)
    await desk.world.fail(ADA.id, minutes=5)

    made = await desk.cases.reset_password(ResetUserPassword(BOSS, ADA.id))

    assert desk.users.stored[ADA.id].password_hash == f"1:{made.secret}"
    assert desk.now(ADA) == replace(ADA, password_changed_at=NOON)
    assert desk.accounts.ended == [(ADA.id, "password_reset")]
    assert (await desk.world.open_resets(ADA.id), desk.accounts.of(ADA.id).locked_until) == (0, None)
    (entry,) = desk.trail
    assert (entry.action, entry.before, entry.after) == ("user.password_reset", {}, {})


@pytest.mark.parametrize("act", ["lock", "unlock", "reset"])
async def test_what_is_deleted_has_to_be_restored_first(act: str) -> None:
    desk = AdminDesk(deleted(ADA, NOON))
    with pytest.raises(Conflict, match="restore it first"):
        await ACTS[act](desk, BOSS, ADA.id)
    assert (desk.users.stored[ADA.id].password_hash, desk.hasher.made) == ("a hash", 0)


@pytest.mark.parametrize("act", ACTS)
async def test_only_those_who_may_do_this_and_only_to_those_who_may_not_do_more(act: str) -> None:
    gone = act == "restore"
    target = deleted(CHIEF, NOON) if gone else CHIEF
    desk = AdminDesk(target, DEPUTY, ADA)
    for by in (ADA, HELPER):
        with pytest.raises(Forbidden):
            await ACTS[act](desk, administrator(by), CHIEF.id)
    with pytest.raises(Forbidden, match="users:write"):
        await ACTS[act](desk, administrator(ADA), BOB.id)
    assert (desk.now(CHIEF), desk.trail, desk.noted.purged) == (target, [], [])
    assert desk.hasher.made == 0


@pytest.mark.parametrize("act", ACTS)
async def test_nobody_is_not_found(act: str) -> None:
    desk = AdminDesk(ADA)
    with pytest.raises(NotFound):
        await ACTS[act](desk, BOSS, BOB.id)
    assert desk.hasher.made == 0


@pytest.mark.parametrize("act", ["lock", "delete", "purge"])
async def test_the_last_administrator_has_to_stay(act: str) -> None:
    desk = AdminDesk(CHIEF, ADA)
    with pytest.raises(LastAdmin):
        await ACTS[act](desk, BOSS, CHIEF.id)
    assert (desk.now(CHIEF), desk.noted.purged) == (CHIEF, [])


@pytest.mark.parametrize("act", ["lock", "delete", "purge"])
async def test_one_of_two_administrators_may_go_by_himself(act: str) -> None:
    desk = AdminDesk(CHIEF, DEPUTY)
    await ACTS[act](desk, BOSS, CHIEF.id)
    assert not desk.now(CHIEF).usable
