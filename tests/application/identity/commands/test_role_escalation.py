"""Whoever changes roles comes to no more than he has, nor does anybody else by him."""

import pytest
from tests.application.identity.role_office import CHAT, FROM_HOME, READ, ROLES, WATCH, WRITE, Office, editor
from tests.fakes.kernel.callers import a_user

from ollamanet.application.identity.administration import Administrator
from ollamanet.application.identity.commands.change_role import ChangeRole
from ollamanet.application.identity.commands.create_role import CreateRole
from ollamanet.application.identity.commands.delete_role import DeleteRole
from ollamanet.application.kernel.page import PageRequest
from ollamanet.domain.identity.roles import RoleDefinition
from ollamanet.domain.kernel.caller_limits import CallerLimits
from ollamanet.domain.kernel.errors import Forbidden
from ollamanet.domain.kernel.permissions import ALL, OF_USERS

pytestmark = pytest.mark.anyio


async def test_without_the_permission_one_neither_sees_nor_changes_roles() -> None:
    office = Office(WATCH)
    nobody = Administrator.of(a_user(permissions=ALL - {ROLES}), FROM_HOME)
    for attempt in (
        lambda: office.list.page(nobody, PageRequest()),
        lambda: office.list.one(nobody, "watch"),
        lambda: office.create(CreateRole(nobody, "b", frozenset())),
        lambda: office.change(ChangeRole(nobody, "watch", "b")),
        lambda: office.delete(DeleteRole(nobody, "watch")),
    ):
        with pytest.raises(Forbidden, match="roles:write"):
            await attempt()


async def test_nobody_makes_a_role_that_may_do_more_than_he_or_takes_one_in_hand() -> None:
    strong = RoleDefinition("Strong", frozenset({CHAT, WRITE}))
    office = Office(WATCH, strong)
    weak = editor(CHAT, READ)

    for attempt in (
        lambda: office.create(CreateRole(weak, "b", frozenset({WRITE}))),
        lambda: office.change(ChangeRole(weak, "watch", permissions=frozenset({CHAT, WRITE}))),
        lambda: office.change(ChangeRole(weak, "strong", permissions=frozenset({CHAT}))),
        lambda: office.change(ChangeRole(weak, "strong", "harmless")),
        lambda: office.delete(DeleteRole(weak, "strong")),
        lambda: office.delete(DeleteRole(weak, "strong", "watch")),
        lambda: office.delete(DeleteRole(weak, "watch", "strong")),
        lambda: office.delete(DeleteRole(weak, "watch", "Admin")),
    ):
        with pytest.raises(Forbidden, match="what you have not got yourself"):
            await attempt()
    assert office.roles.trail == []
    assert (await office.change(ChangeRole(weak, "watch", permissions=frozenset({READ})))).permissions == {READ}


async def test_limits_are_set_by_those_who_may_change_the_system() -> None:
    office = Office(WATCH, RoleDefinition("Free", frozenset({CHAT})))
    weak = editor(CHAT)
    for attempt in (
        lambda: office.create(CreateRole(weak, "b", frozenset(), limits=CallerLimits(tokens_per_day=10))),
        lambda: office.change(ChangeRole(weak, "watch", limits={"concurrency": 100})),
        lambda: office.change(ChangeRole(weak, "watch", limits={"models": None, "concurrency": None})),
        lambda: office.delete(DeleteRole(weak, "watch", "free")),
    ):
        with pytest.raises(Forbidden, match="limits: this needs the permission system:write"):
            await attempt()

    strong = editor(CHAT, WRITE, limits=CallerLimits(models=frozenset()))
    assert (await office.change(ChangeRole(strong, "watch", limits={"concurrency": 100}))).limits.concurrency == 100


@pytest.mark.parametrize("models", [None, frozenset({"qwen3:8b"}), frozenset({"qwen3:8b", "llama3:latest"})])
async def test_nobody_opens_models_that_he_may_not_ask(models: frozenset[str] | None) -> None:
    office = Office()
    narrow = editor(limits=CallerLimits(models=frozenset({"llama3:latest", "aya:8b"})))

    with pytest.raises(Forbidden, match="models that you may not ask yourself"):
        await office.create(CreateRole(narrow, "b", frozenset(), limits=CallerLimits(models=models)))
    await office.create(CreateRole(narrow, "c", frozenset(), limits=CallerLimits(models=frozenset({"aya:8b"}))))

    assert await office.names() == ["Admin", "User", "c"]


async def test_nobody_makes_more_of_a_role_that_may_ask_models_that_are_not_for_himself() -> None:
    office = Office(RoleDefinition("Idle", frozenset()))
    narrow = editor(*OF_USERS, limits=CallerLimits(models=frozenset({"aya:8b"})))

    with pytest.raises(Forbidden, match="models that you may not ask yourself"):
        await office.change(ChangeRole(narrow, "idle", permissions=frozenset({CHAT})))
    with pytest.raises(Forbidden, match="models that you may not ask yourself"):
        await office.delete(DeleteRole(narrow, "idle", "User"))
