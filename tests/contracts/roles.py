"""What every store of roles does; a subclass brings the fixtures `roles` and `people`, who have them."""

from collections.abc import Awaitable, Callable, Collection
from dataclasses import replace

import anyio
import pytest
from tests.fakes.identity.fixed_time import NOON, FixedClock
from tests.fakes.identity.people import ADA, BOB

from ollamanet.application.identity.administration import Administrator
from ollamanet.application.identity.commands.change_role import ChangeRole, ChangeRoleHandler
from ollamanet.application.identity.commands.create_role import CreateRole, CreateRoleHandler
from ollamanet.application.identity.commands.delete_role import DeleteRole, DeleteRoleHandler
from ollamanet.application.identity.role_ports import Holders, RoleChange, RoleStore
from ollamanet.application.kernel.audit import AuditEntry
from ollamanet.domain.identity.roles import ADMIN, RoleDefinition
from ollamanet.domain.identity.user import User
from ollamanet.domain.kernel.caller_limits import CallerLimits
from ollamanet.domain.kernel.errors import Conflict
from ollamanet.domain.kernel.permissions import ALL, Permission

WATCH = RoleDefinition(
    "Night Wätch",
    frozenset({Permission.CHAT, Permission.AUDIT_READ}),
    CallerLimits(concurrency=2, weight=0.5, models=frozenset({"llama3:latest"})),
    'looks; "out"',
)
BOSS = Administrator.operator()

Join = Callable[..., Awaitable[None]]
RolesOf = Callable[[User], Awaitable[Collection[str]]]
Trail = Callable[[], Awaitable[list[str]]]


def entry(action: str) -> AuditEntry:
    return BOSS.did(action, WATCH, NOON)


async def stored(roles: RoleStore, role: RoleDefinition = WATCH) -> None:
    await roles.put(lambda _: RoleChange(role, [entry("role.created")]), at=NOON)


@pytest.mark.anyio
class RolesContract:
    async def test_a_role_comes_back_as_it_was_stored(self, roles: RoleStore) -> None:
        await stored(roles)
        assert (await roles.book()).get("NIGHT WÄTCH") == WATCH

    async def test_the_built_in_ones_are_there_and_only_their_limits_can_be_others(self, roles: RoleStore) -> None:
        limited = replace(ADMIN, limits=CallerLimits(concurrency=3))
        await stored(roles, replace(limited, permissions=frozenset(), description="weak", name="admin"))

        assert [role.name for role in await roles.book()] == ["User", "Admin"]
        assert (await roles.book()).get("Admin") == limited

    async def test_a_change_replaces_what_was_there(self, roles: RoleStore) -> None:
        await stored(roles)
        changed = replace(WATCH, permissions=frozenset(), limits=CallerLimits(), description="")

        await stored(roles, changed)

        assert (await roles.book()).get(WATCH.name) == changed

    async def test_a_change_without_an_entry_is_none(self, roles: RoleStore) -> None:
        await roles.put(lambda _: RoleChange(WATCH), at=NOON)
        assert (await roles.book()).get(WATCH.name) is None

    async def test_what_is_refused_changes_nothing(self, roles: RoleStore) -> None:
        await stored(roles)
        with pytest.raises(Conflict):
            await DeleteRoleHandler(roles, FixedClock())(DeleteRole(BOSS, "Admin", "User"))
        assert len(list(await roles.book())) == 3

    async def test_of_many_who_make_one_role_at_once_one_does(self, roles: RoleStore) -> None:
        outcomes: list[bool] = []

        async def make() -> None:
            try:
                await CreateRoleHandler(roles, FixedClock())(CreateRole(BOSS, "Watch", frozenset()))
            except Conflict:
                outcomes.append(False)
            else:
                outcomes.append(True)

        async with anyio.create_task_group() as group:
            for _ in range(5):
                group.start_soon(make)

        assert sorted(outcomes) == [False] * 4 + [True]

    async def test_who_has_a_role_is_counted_in_any_spelling(self, roles: RoleStore, join: Join) -> None:
        await join(replace(ADA, roles=frozenset({"night wätch", "User"})), replace(BOB, roles=frozenset({WATCH.name})))

        holders = await roles.holders()

        assert (holders[WATCH.key].accounts, holders["user"], holders.get("admin")) == (2, Holders(1), None)

    async def test_a_role_that_goes_is_replaced_where_it_was(
        self, roles: RoleStore, join: Join, roles_of: RolesOf, trail: Trail
    ) -> None:
        await stored(roles)
        await join(replace(ADA, roles=frozenset({"night wätch", "User"})), BOB, invited=frozenset({WATCH.name}))

        gone = await DeleteRoleHandler(roles, FixedClock())(DeleteRole(BOSS, WATCH.name, "admin"))

        assert gone == Holders(1, 1)
        assert (await roles.book()).get(WATCH.name) is None
        assert (await roles_of(ADA), await roles_of(BOB)) == ({"Admin", "User"}, {"User"})
        assert (await roles.holders())["admin"] == Holders(1, 1)
        assert await trail() == ["role.created", "role.deleted", "user.changed"]

    async def test_a_change_is_seen_at_once_where_it_was_made(self, roles: RoleStore) -> None:
        await stored(roles)
        await roles.book()
        await ChangeRoleHandler(roles, FixedClock())(ChangeRole(BOSS, WATCH.name, permissions=ALL))

        assert (await roles.book()).standing({WATCH.name}, CallerLimits()).permissions == ALL
