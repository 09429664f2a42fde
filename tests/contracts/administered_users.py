"""What every store of accounts does for administrators; a subclass brings the fixture `world`."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import anyio
import pytest
from tests.contracts.accounts_world import HOUR, World, names, stored
from tests.contracts.user_search import UserSearchContract
from tests.fakes.identity.fixed_time import NOON
from tests.fakes.identity.people import ADA, BOB, person

from ollamanet.application.identity.administration_ports import (
    AccountChange,
)
from ollamanet.application.identity.ports import Credentials
from ollamanet.application.kernel.audit import HERE, OPERATOR, AuditEntry
from ollamanet.domain.identity.errors import EmailTaken, LastAdmin, UsernameTaken
from ollamanet.domain.identity.names import Email, Login, Username
from ollamanet.domain.identity.user import Role, User, UserStatus
from ollamanet.domain.kernel.caller_limits import CallerLimits
from ollamanet.domain.kernel.errors import Forbidden, NotFound
from ollamanet.domain.kernel.ids import UserId

CHIEF = person("chief", number=1, role=Role.ADMIN)
DEPUTY = person("deputy", number=2, role=Role.ADMIN)
ENTRY = AuditEntry("user.changed", OPERATOR, HERE, NOON, f"user:{ADA.id}", "ada", {"a": 1}, {"a": 2})


def becoming(user: User, **more: object) -> AccountChange:
    return AccountChange(user, [ENTRY], **more)


async def changed(world: World, user_id: UserId, change: AccountChange) -> User:
    return await world.accounts.change(user_id, lambda _: change, at=NOON)


class ChangeContract:
    async def test_an_account_is_seen_with_what_is_good_of_it_now(self, world: World) -> None:
        await stored(world, ADA, BOB)
        await world.give(ADA.id, sessions=2, over=1, keys=1)
        await world.fail(ADA.id, minutes=5)

        found = await world.accounts.overview(ADA.id, at=NOON)
        later = await world.accounts.overview(ADA.id, at=NOON + 2 * HOUR)

        assert found is not None
        assert later is not None
        assert (found.user, found.sessions, found.api_keys) == (ADA, 2, 1)
        assert found.locked_until == NOON + timedelta(minutes=5)
        assert (later.sessions, later.api_keys, later.locked_until) == (0, 0, None)
        assert await world.accounts.overview(DEPUTY.id, at=NOON) is None

    async def test_a_change_is_what_was_decided_on_the_account_as_it_is(self, world: World) -> None:
        await stored(world, ADA)
        seen = list[User]()

        def decide(user: User) -> AccountChange:
            seen.append(user)
            return becoming(replace(user, status=UserStatus.LOCKED), password_hash="another")

        assert await world.accounts.change(ADA.id, decide, at=NOON) == replace(ADA, status=UserStatus.LOCKED)

        assert seen == [ADA]
        found = await world.users.find_credentials(Login.parse("ada"))
        assert found == Credentials(replace(ADA, status=UserStatus.LOCKED), "another")
        assert await world.trail() == [("user.changed", f"user:{ADA.id}")]

    async def test_all_but_the_password_is_replaced(self, world: World) -> None:
        await stored(world, ADA)
        whole = replace(
            ADA,
            email=Email.parse("ada@lovelace.example"),
            username=Username.parse("countess"),
            roles=frozenset({"Night watch"}),
            status=UserStatus.DELETED,
            deleted_at=NOON,
            password_changed_at=NOON,
            email_verified_at=NOON,
            limits=CallerLimits(concurrency=2, weight=0.5, models=frozenset({"llama3:latest"})),
        )
        before = await world.users.find_credentials(Login.parse("ada"))

        await changed(world, ADA.id, becoming(whole))

        found = await world.users.find_credentials(Login.parse("countess"))
        assert before is not None
        assert found == replace(before, user=whole)

    async def test_what_is_refused_leaves_everything_as_it_was(self, world: World) -> None:
        await stored(world, ADA, BOB)
        await world.give(ADA.id, sessions=1)

        def refuse(_: User) -> AccountChange:
            raise Forbidden("no")

        with pytest.raises(Forbidden):
            await world.accounts.change(ADA.id, refuse, at=NOON)
        with pytest.raises(EmailTaken):
            await changed(world, ADA.id, becoming(replace(ADA, email=BOB.email), signs_out="locked"))
        with pytest.raises(UsernameTaken):
            await changed(world, ADA.id, becoming(replace(ADA, username=BOB.username), signs_out="locked"))
        with pytest.raises(NotFound):
            await changed(world, DEPUTY.id, becoming(DEPUTY))

        found = await world.accounts.overview(ADA.id, at=NOON)
        assert found is not None
        assert (found.user, found.sessions, await world.trail()) == (ADA, 1, [])

    async def test_signing_out_ends_all_sessions_of_this_account_and_voids_mailed_tokens(self, world: World) -> None:
        await stored(world, ADA, BOB)
        for user in (ADA, BOB):
            await world.give(user.id, sessions=2, resets=1)

        await changed(world, ADA.id, becoming(ADA, signs_out="roles_changed"))

        overviews = [await world.accounts.overview(user.id, at=NOON) for user in (ADA, BOB)]
        assert [each.sessions for each in overviews if each] == [0, 2]
        assert [await world.open_resets(user.id) for user in (ADA, BOB)] == [0, 1]

    async def test_another_address_voids_tokens_that_were_mailed_to_the_old_one(self, world: World) -> None:
        await stored(world, ADA)
        await world.give(ADA.id, sessions=1, resets=1)

        await changed(world, ADA.id, becoming(replace(ADA, email=Email.parse("a@new.example"))))

        found = await world.accounts.overview(ADA.id, at=NOON)
        assert found is not None
        assert (found.sessions, await world.open_resets(ADA.id)) == (1, 0)

    async def test_failed_sign_ins_are_forgiven(self, world: World) -> None:
        await stored(world, ADA)
        await world.fail(ADA.id, minutes=5)

        await changed(world, ADA.id, becoming(ADA, forgives=True))

        found = await world.accounts.overview(ADA.id, at=NOON)
        assert found is not None
        assert found.locked_until is None

    @pytest.mark.parametrize(
        "lost",
        [
            {"roles": frozenset({"User"})},
            {"status": UserStatus.LOCKED},
            {"status": UserStatus.DELETED, "deleted_at": NOON},
        ],
    )
    async def test_the_last_administrator_stays_one(self, world: World, lost: dict[str, object]) -> None:
        locked = replace(DEPUTY, status=UserStatus.LOCKED)
        await stored(world, CHIEF, locked, ADA)

        with pytest.raises(LastAdmin):
            await changed(world, CHIEF.id, becoming(replace(CHIEF, **lost)))
        assert await world.users.find(CHIEF.id) == CHIEF

        await changed(world, DEPUTY.id, becoming(DEPUTY))
        await changed(world, CHIEF.id, becoming(replace(CHIEF, **lost)))
        assert await world.users.find(CHIEF.id) == replace(CHIEF, **lost)

    async def test_two_who_demote_each_other_at_once_do_not_both_succeed(self, world: World) -> None:
        await stored(world, CHIEF, DEPUTY)
        refused = list[LastAdmin]()

        async def demote(user: User) -> None:
            try:
                await changed(world, user.id, becoming(replace(user, roles=frozenset({"User"}))))
            except LastAdmin as refusal:
                refused.append(refusal)

        async with anyio.create_task_group() as group:
            group.start_soon(demote, CHIEF)
            group.start_soon(demote, DEPUTY)

        assert len(refused) == 1


class EraseContract:
    async def test_what_was_deleted_by_then_is_erased_and_nothing_else(self, world: World) -> None:
        old, new = person("old", number=1), person("new", number=2)
        gone = {"status": UserStatus.DELETED}
        await stored(world, replace(old, deleted_at=NOON - HOUR, **gone), replace(new, deleted_at=NOON, **gone), ADA)
        await world.give(old.id, sessions=1, keys=1, resets=1)

        due: Sequence[User] = await world.accounts.deleted_before(NOON - HOUR, limit=9)
        both = await world.accounts.deleted_before(NOON, limit=9)
        one = await world.accounts.deleted_before(NOON, limit=1)
        erased = [
            await world.accounts.erase(user.id, deleted_before=NOON - HOUR, audit=[ENTRY])
            for user in (old, old, new, ADA)
        ]

        assert [[user.username.text for user in each] for each in (due, both, one)] == [
            ["old"],
            ["old", "new"],
            ["old"],
        ]
        assert erased == [True, False, False, False]
        assert await names(world) == ["new", "ada"]
        assert await world.trail() == [("user.changed", f"user:{ADA.id}")]

    async def test_a_change_that_erases_leaves_nothing_that_belonged_to_the_account(self, world: World) -> None:
        await stored(world, ADA, BOB)
        for user in (ADA, BOB):
            await world.give(user.id, sessions=1, over=1, keys=1, resets=1)
            await world.fail(user.id, minutes=5)

        await changed(world, ADA.id, becoming(ADA, erases=True))

        overviews = [await world.accounts.overview(user.id, at=NOON) for user in (ADA, BOB)]
        counts = [(each.sessions, each.api_keys, each.locked_until is None) for each in overviews if each]
        assert counts == [(0, 0, True), (1, 1, False)]
        assert [await world.open_resets(user.id) for user in (ADA, BOB)] == [0, 1]


@pytest.mark.anyio
class AdministeredUsersContract(UserSearchContract, ChangeContract, EraseContract):
    """All of it."""
