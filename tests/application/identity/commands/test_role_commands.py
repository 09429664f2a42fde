"""Roles are made, changed and taken away."""

import pytest
from tests.application.identity.role_office import BOSS, CHAT, FROM_HOME, WATCH, Office
from tests.fakes.identity.fixed_time import NOON
from tests.fakes.identity.people import ADA
from tests.fakes.kernel.callers import an_admin

from ollamanet.application.identity.commands.change_role import ChangeRole
from ollamanet.application.identity.commands.create_role import CreateRole
from ollamanet.application.identity.commands.delete_role import DeleteRole
from ollamanet.application.kernel.audit import Agent
from ollamanet.application.kernel.page import PageRequest
from ollamanet.domain.identity.errors import RoleNameTaken
from ollamanet.domain.identity.roles import ADMIN, RoleDefinition
from ollamanet.domain.kernel.caller_limits import CallerLimits
from ollamanet.domain.kernel.errors import Conflict, InvalidRequest, NotFound

pytestmark = pytest.mark.anyio


async def test_a_role_that_is_made_can_be_found_and_is_in_the_trail() -> None:
    office = Office()
    limits = CallerLimits(weight=2.0, models=frozenset({"llama3:latest"}))

    await office.create(CreateRole(BOSS, "Watch", frozenset({CHAT}), "looks out", limits))

    held = await office.list.one(BOSS, "WATCH")
    (entry,) = office.roles.trail
    assert held.role == RoleDefinition("Watch", frozenset({CHAT}), limits, "looks out")
    assert (entry.action, entry.target, entry.target_name, entry.at) == ("role.created", "role:watch", "Watch", NOON)
    assert (entry.by, entry.origin) == (Agent(an_admin().user_id, "root"), FROM_HOME)
    assert (entry.before, entry.after) == (
        {},
        {
            "description": "looks out",
            "permissions": ["chat"],
            "limits": {"weight": 2.0, "models": ["llama3:latest"]},
        },
    )


@pytest.mark.parametrize("name", ["Admin", "ADMIN", "user", "watch", "\uff37atch"])
async def test_a_name_is_taken_in_every_spelling(name: str) -> None:
    office = Office(WATCH)
    with pytest.raises(RoleNameTaken):
        await office.create(CreateRole(BOSS, name, frozenset()))
    assert office.roles.trail == []


@pytest.mark.parametrize("name", ["", " ", " a", "a ", "x" * 65, "\ufdfa" * 9, "a\0b", "a\ud800", 'a"b', "a/b", "a\nb"])
async def test_a_name_is_short_and_plain(name: str) -> None:
    with pytest.raises(InvalidRequest, match="name: "):
        await Office().create(CreateRole(BOSS, name, frozenset()))


@pytest.mark.parametrize("description", ["x" * 501, "\U0001f600" * 251, "a\0b", "\ud800"])
async def test_a_description_can_be_stored_everywhere(description: str) -> None:
    with pytest.raises(InvalidRequest, match="description: "):
        await Office().create(CreateRole(BOSS, "a", frozenset(), description))
    with pytest.raises(InvalidRequest, match="description: "):
        await Office(WATCH).change(ChangeRole(BOSS, "watch", description))


async def test_what_is_not_named_stays_and_only_what_changed_is_in_the_trail() -> None:
    office = Office(WATCH)

    changed = await office.change(ChangeRole(BOSS, "WATCH", limits={"weight": 3.0}))
    again = await office.change(ChangeRole(BOSS, "watch", "", limits={"concurrency": None, "weight": 3.0}))

    assert changed == RoleDefinition("Watch", frozenset({CHAT}), CallerLimits(concurrency=2, weight=3.0))
    assert again.limits == CallerLimits(weight=3.0)
    assert [(entry.before, entry.after) for entry in office.roles.trail] == [
        ({"limits": {"concurrency": 2}}, {"limits": {"concurrency": 2, "weight": 3.0}}),
        ({"limits": {"concurrency": 2, "weight": 3.0}}, {"limits": {"weight": 3.0}}),
    ]


async def test_a_change_to_what_it_is_already_is_none() -> None:
    office = Office(WATCH)
    assert await office.change(ChangeRole(BOSS, "watch", "", frozenset({CHAT}), {"concurrency": 2})) == WATCH
    assert office.roles.trail == []


async def test_of_a_built_in_role_only_the_limits_change() -> None:
    office = Office()
    with pytest.raises(Conflict, match="built in: only its limits"):
        await office.change(ChangeRole(BOSS, "Admin", permissions=frozenset()))
    with pytest.raises(Conflict, match="built in"):
        await office.change(ChangeRole(BOSS, "Admin", "weak"))
    with pytest.raises(Conflict, match="built in and stays"):
        await office.delete(DeleteRole(BOSS, "Admin", "User"))

    changed = await office.change(ChangeRole(BOSS, "Admin", limits={"concurrency": 1}))
    assert (changed.permissions, changed.limits.concurrency) == (ADMIN.permissions, 1)


async def test_a_role_that_nobody_has_goes() -> None:
    office = Office(WATCH)
    await office.delete(DeleteRole(BOSS, "watch"))

    assert await office.names() == ["Admin", "User"]
    assert [(entry.action, entry.after) for entry in office.roles.trail] == [("role.deleted", {})]


async def test_one_that_somebody_has_goes_only_for_another() -> None:
    office = Office(WATCH)
    office.roles.accounts = {ADA.id: ("ada", frozenset({"Watch"}))}
    office.roles.invitations = [frozenset({"watch"}), frozenset({"Watch", "User"})]

    with pytest.raises(Conflict, match="1 account and 2 open invitations have the role Watch"):
        await office.delete(DeleteRole(BOSS, "watch"))
    for wrong in ("Watch", "nobody"):
        with pytest.raises(InvalidRequest, match="reassign"):
            await office.delete(DeleteRole(BOSS, "watch", wrong))
    await office.delete(DeleteRole(BOSS, "watch", "user"))

    deleted, reassigned = office.roles.trail
    assert office.roles.accounts[ADA.id][1] == {"User"}
    assert deleted.after == {"reassigned_to": "User"}
    assert (reassigned.target, reassigned.before, reassigned.after) == (
        f"user:{ADA.id}",
        {"roles": ["Watch"]},
        {"roles": ["User"]},
    )


async def test_what_is_not_there_cannot_be_looked_at_changed_or_taken() -> None:
    office = Office()
    with pytest.raises(NotFound):
        await office.list.one(BOSS, "watch")
    with pytest.raises(NotFound):
        await office.change(ChangeRole(BOSS, "watch"))
    with pytest.raises(NotFound):
        await office.delete(DeleteRole(BOSS, "watch"))


async def test_the_built_in_ones_are_listed_first_with_those_who_have_them() -> None:
    office = Office(WATCH, RoleDefinition("Auditor", frozenset()))
    office.roles.join(ADA)

    page = await office.list.page(BOSS, PageRequest(1, 3))
    seen = [(held.role.name, held.holders.accounts) for held in page.items]

    assert seen == [("Admin", 0), ("User", 1), ("Auditor", 0)]
    assert page.total == 4
