"""Changing somebody else's account."""

from dataclasses import replace

import pytest
from tests.fakes.identity.admin_desk import CHIEF, DEPUTY, OFFICE, AdminDesk, administrator
from tests.fakes.identity.fixed_time import NOON
from tests.fakes.identity.people import ADA, BOB, person

from ollamanet.application.identity.commands.change_user import ChangeUser
from ollamanet.application.kernel.audit import Agent, AuditEntry
from ollamanet.domain.identity.account_states import deleted, version_of
from ollamanet.domain.identity.errors import EmailTaken, LastAdmin
from ollamanet.domain.identity.names import Email
from ollamanet.domain.identity.user import User, UserStatus
from ollamanet.domain.kernel.caller_limits import NOTHING_SAID, CallerLimits
from ollamanet.domain.kernel.errors import Conflict, Forbidden, InvalidRequest, NotFound

pytestmark = pytest.mark.anyio

HELPER = replace(person("helper", number=3), roles=frozenset({"Helpdesk"}))
AUDITOR = replace(person("auditor", number=4), roles=frozenset({"Auditor", "User"}))


async def change(desk: AdminDesk, user: User, by: User = CHIEF, **what: object) -> User:
    return await desk.cases.change(ChangeUser(administrator(by), user.id, **what))


async def test_what_is_not_sent_stays_as_it_is() -> None:
    verified = replace(ADA, email_verified_at=NOON, limits=CallerLimits(concurrency=2))
    desk = AdminDesk(verified)

    assert await change(desk, ADA) == verified
    assert await change(desk, ADA, email="ada@example.org", roles=["user"], status=UserStatus.ACTIVE) == verified
    assert desk.trail == []


async def test_names_are_changed_and_a_new_address_is_not_verified_yet() -> None:
    desk = AdminDesk(replace(ADA, email_verified_at=NOON))
    changed = await change(desk, ADA, email="a@new.example", username="countess")

    assert changed == replace(ADA, email=Email.parse("a@new.example"), username=changed.username)
    assert changed.username.text == "countess"
    assert desk.now(ADA) == changed


async def test_new_roles_sign_the_account_out_and_are_in_force_at_once() -> None:
    desk = AdminDesk(ADA)
    await desk.world.give(ADA.id, sessions=1)

    changed = await change(desk, ADA, roles=["helpdesk", "User"])

    assert changed.roles == {"Helpdesk", "User"}
    assert desk.accounts.ended == [(ADA.id, "roles_changed")]
    assert desk.noted.forgotten == [ADA.id]


async def test_a_status_locks_with_signing_out_and_unlocks_with_forgiving() -> None:
    desk = AdminDesk(ADA)
    await desk.world.fail(ADA.id, minutes=5)

    assert (await change(desk, ADA, status=UserStatus.LOCKED)).status is UserStatus.LOCKED
    assert desk.accounts.ended == [(ADA.id, "locked")]
    assert (await change(desk, ADA, status=UserStatus.ACTIVE)).usable
    assert desk.accounts.of(ADA.id).locked_until is None


async def test_limits_are_changed_one_by_one_and_taken_away() -> None:
    desk = AdminDesk(ADA)
    first = await change(desk, ADA, limits={"concurrency": 2, "weight": 0.5, "models": ["Llama3", "b:1"]})
    assert first.limits == CallerLimits(concurrency=2, weight=0.5, models=frozenset({"llama3:latest", "b:1"}))

    second = await change(desk, ADA, limits={"concurrency": None, "tokens_per_day": 7, "models": []})
    assert second.limits == CallerLimits(weight=0.5, tokens_per_day=7, models=frozenset())

    cleared = dict.fromkeys(("weight", "tokens_per_day", "models"))
    assert (await change(desk, ADA, limits=cleared)).limits == NOTHING_SAID
    assert desk.accounts.ended == []


@pytest.mark.parametrize(
    "what",
    [
        {"email": "ada"},
        {"username": "a"},
        {"roles": []},
        {"roles": ["root"]},
        {"limits": {"concurrency": 0}},
        {"limits": {"weight": float("nan")}},
        {"limits": {"speed": 3}},
        {"limits": {"models": ["../x"]}},
        {"limits": {"models": ["x"] * 1001}},
    ],
)
async def test_what_is_not_right_changes_nothing(what: dict[str, object]) -> None:
    desk = AdminDesk(ADA)
    with pytest.raises(InvalidRequest):
        await change(desk, ADA, **{"username": "countess", **what})
    assert (desk.now(ADA), desk.trail) == (ADA, [])


async def test_a_taken_address_is_a_conflict() -> None:
    desk = AdminDesk(ADA, BOB)
    with pytest.raises(EmailTaken):
        await change(desk, ADA, email="BOB@example.org", roles=["Helpdesk"])
    assert (desk.now(ADA), desk.accounts.ended, desk.trail) == (ADA, [], [])


async def test_nobody_gives_himself_or_others_more_than_he_has() -> None:
    desk = AdminDesk(HELPER, ADA, CHIEF)
    for user in (HELPER, ADA):
        with pytest.raises(Forbidden, match="may not give what you have not got"):
            await change(desk, user, by=HELPER, roles=["Admin"])
    assert (await change(desk, ADA, by=HELPER, roles=["Helpdesk"])).roles == {"Helpdesk"}


@pytest.mark.parametrize("who", [CHIEF, AUDITOR])
async def test_nobody_changes_those_who_may_do_more(who: User) -> None:
    desk = AdminDesk(HELPER, who, DEPUTY)
    for what in (
        {"roles": ["User"]},
        {"status": UserStatus.LOCKED},
        {"email": "a@b.example"},
        {"limits": {"weight": 1}},
    ):
        with pytest.raises(Forbidden, match=r"this account may do more than you: .*audit:read"):
            await change(desk, who, by=HELPER, **what)
    assert desk.now(who) == who


@pytest.mark.parametrize("limits", [{"weight": 1.5}, {"tokens_per_day": None}, {"concurrency": 1, "models": []}])
async def test_who_may_not_change_the_system_sets_no_numbers_not_even_his_own(limits: dict[str, object]) -> None:
    limited = CallerLimits(weight=1, tokens_per_day=7, concurrency=2)
    helper, ada = replace(HELPER, limits=limited), replace(ADA, limits=limited)
    desk = AdminDesk(helper, ada)
    for user in (helper, ada):
        with pytest.raises(Forbidden, match=r"^limits: this needs the permission system:write$"):
            await change(desk, user, by=helper, limits=limits)
    assert (desk.now(helper), desk.now(ada)) == (helper, ada)
    assert (await change(desk, ada, by=helper, limits={"weight": 1, "models": []})).limits.models == frozenset()


async def test_who_may_ask_some_models_opens_no_others_to_himself_or_to_anybody() -> None:
    narrow = replace(HELPER, limits=CallerLimits(models=frozenset({"llama3:latest", "aya:8b"})))
    ada = replace(ADA, limits=CallerLimits(models=frozenset({"aya:8b"})))
    desk = AdminDesk(narrow, ada, BOB)
    for user, what in (
        (narrow, {"limits": {"models": None}}),
        (narrow, {"limits": {"models": ["aya:8b", "qwen3:8b"]}}),
        (ada, {"limits": {"models": None}}),
        (ada, {"limits": {"models": None}, "roles": ["User", "Intern"]}),
        (BOB, {"roles": ["User", "Helpdesk"]}),
    ):
        with pytest.raises(Forbidden, match="models that you may not ask yourself"):
            await change(desk, user, by=narrow, **what)

    assert (await change(desk, BOB, by=narrow, limits={"models": ["aya:8b"]})).limits.models == {"aya:8b"}
    assert (await change(desk, ada, by=narrow, roles=["Intern"], limits={"models": None})).roles == {"Intern"}


async def test_users_change_nothing_not_even_themselves() -> None:
    desk = AdminDesk(ADA)
    with pytest.raises(Forbidden, match=r"^this needs the permission users:write$"):
        await change(desk, ADA, by=ADA, limits={"weight": 9.0})
    with pytest.raises(Forbidden):
        await change(desk, BOB, by=AUDITOR, username="bobby")


async def test_the_last_administrator_cannot_demote_himself() -> None:
    desk = AdminDesk(CHIEF, replace(DEPUTY, status=UserStatus.LOCKED))
    with pytest.raises(LastAdmin):
        await change(desk, CHIEF, roles=["User"])
    with pytest.raises(LastAdmin):
        await change(desk, CHIEF, status=UserStatus.LOCKED)
    assert desk.now(CHIEF) == CHIEF


async def test_a_change_for_another_version_is_a_conflict() -> None:
    desk = AdminDesk(ADA)
    seen = version_of(ADA)
    await change(desk, ADA, username="countess", if_versions={seen})
    with pytest.raises(Conflict, match="changed meanwhile"):
        await change(desk, ADA, username="other", if_versions={seen})
    assert desk.now(ADA).username.text == "countess"


async def test_what_is_deleted_or_not_there_is_not_changed() -> None:
    desk = AdminDesk(deleted(ADA, NOON))
    with pytest.raises(Conflict, match="restore it first"):
        await change(desk, ADA, limits={"weight": 2.0})
    with pytest.raises(NotFound):
        await change(desk, BOB, limits={"weight": 2.0})


async def test_the_audit_trail_has_what_was_changed_before_and_after() -> None:
    desk = AdminDesk(ADA)
    await change(desk, ADA, roles=["Helpdesk"], limits={"concurrency": 2, "models": ["b", "a"]})

    before = {"roles": ["User"], "limits": {}}
    after = {"roles": ["Helpdesk"], "limits": {"concurrency": 2, "models": ["a:latest", "b:latest"]}}
    by = Agent(CHIEF.id, "chief")
    assert desk.trail == [AuditEntry("user.changed", by, OFFICE, NOON, f"user:{ADA.id}", "ada", before, after)]
