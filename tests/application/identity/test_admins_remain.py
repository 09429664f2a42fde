"""Whatever administrators do to each other: somebody can always administer, and nobody gets what nobody gave him."""

from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from tests.fakes.identity.admin_desk import AdminDesk, administrator
from tests.fakes.identity.people import person

from ollamanet.application.identity.administration import Administrator
from ollamanet.application.identity.commands.change_user import ChangeUser
from ollamanet.application.identity.commands.create_user import CreateUser
from ollamanet.application.identity.commands.lock_user import LockUser
from ollamanet.application.identity.commands.purge_expired_users import PurgeExpiredUsers
from ollamanet.application.identity.commands.purge_user import PurgeUser
from ollamanet.application.identity.commands.reset_user_password import ResetUserPassword
from ollamanet.application.identity.commands.restore_user import RestoreUser
from ollamanet.application.identity.commands.soft_delete_user import SoftDeleteUser
from ollamanet.application.identity.commands.unlock_user import UnlockUser
from ollamanet.domain.identity.account_states import is_nameless
from ollamanet.domain.identity.user import Role, User, UserStatus
from ollamanet.domain.kernel.errors import Refusal
from ollamanet.domain.kernel.permissions import Permission

somebody = st.integers(0, 7)
role_sets = st.sets(st.sampled_from(["User", "Admin", "Helpdesk", "Auditor"]), min_size=1)


def at_once(work: Coroutine[Any, Any, object]) -> None:
    """Run what never waits, without a loop, which would take longer than all the rest."""
    try:
        work.send(None)
    except StopIteration:
        return
    raise AssertionError("it waits")


class Administrators(RuleBasedStateMachine):
    """An administrator, three of the helpdesk, four users; each acts with what his account allows."""

    def __init__(self) -> None:
        super().__init__()
        chief = person("chief", number=1001, role=Role.ADMIN)
        others = [person(f"person{number}", number=number) for number in range(1002, 1009)]
        helpers = [replace(each, roles=frozenset({"Helpdesk"})) for each in others[:3]]
        self.desk = AdminDesk(chief, *helpers, *others[3:])
        self.ids = list(self.desk.users.stored)
        self.before = self.admins()

    def who(self, number: int) -> User | None:
        found = self.desk.users.stored.get(self.ids[number])
        return found.user if found else None

    def admins(self) -> set[object]:
        return {
            each.user.id
            for each in self.desk.users.stored.values()
            if each.user.status is UserStatus.ACTIVE and "Admin" in each.user.roles
        }

    def act(self, by: int, make: Callable[[Administrator], Coroutine[Any, Any, object]]) -> None:
        """Carry it out, if the one who acts can sign in; what is refused changes nothing."""
        user = self.who(by)
        if user is None or not user.usable:
            return
        self.before, self.acting = self.admins(), user
        stored, entries = dict(self.desk.users.stored), len(self.desk.trail)
        try:
            at_once(make(administrator(user)))
        except Refusal:
            assert (self.desk.users.stored, len(self.desk.trail)) == (stored, entries)

    @rule(by=somebody, on=somebody, roles=role_sets)
    def gives_roles(self, by: int, on: int, roles: set[str]) -> None:
        self.act(by, lambda me: self.desk.cases.change(ChangeUser(me, self.ids[on], roles=roles)))

    @rule(by=somebody, on=somebody, status=st.sampled_from([UserStatus.ACTIVE, UserStatus.LOCKED]))
    def sets_the_status(self, by: int, on: int, status: UserStatus) -> None:
        self.act(by, lambda me: self.desk.cases.change(ChangeUser(me, self.ids[on], status=status)))

    @rule(by=somebody, on=somebody)
    def locks(self, by: int, on: int) -> None:
        self.act(by, lambda me: self.desk.cases.lock(LockUser(me, self.ids[on])))

    @rule(by=somebody, on=somebody)
    def unlocks(self, by: int, on: int) -> None:
        self.act(by, lambda me: self.desk.cases.unlock(UnlockUser(me, self.ids[on])))

    @rule(by=somebody, on=somebody)
    def deletes(self, by: int, on: int) -> None:
        self.act(by, lambda me: self.desk.cases.delete(SoftDeleteUser(me, self.ids[on])))

    @rule(by=somebody, on=somebody)
    def restores(self, by: int, on: int) -> None:
        self.act(by, lambda me: self.desk.cases.restore(RestoreUser(me, self.ids[on])))

    @rule(by=somebody, on=somebody)
    def resets(self, by: int, on: int) -> None:
        self.act(by, lambda me: self.desk.cases.reset_password(ResetUserPassword(me, self.ids[on])))

    @rule(by=somebody, on=somebody)
    def purges(self, by: int, on: int) -> None:
        self.act(by, lambda me: self.desk.cases.purge(PurgeUser(me, self.ids[on])))

    @rule(by=somebody, roles=role_sets)
    def makes_somebody(self, by: int, roles: set[str]) -> None:
        number = len(self.desk.users.stored) + len(self.desk.trail)
        name = f"new{number}"
        self.act(by, lambda me: self.desk.cases.create(CreateUser(me, f"{name}@example.org", name, None, roles)))

    @rule(days=st.integers(1, 31))
    def time_passes(self, days: int) -> None:
        self.desk.clock.advance(days * 86_400)
        at_once(self.desk.purge_expired(PurgeExpiredUsers()))
        self.before = self.admins()

    @invariant()
    def somebody_can_administer(self) -> None:
        assert self.admins()

    @precondition(lambda self: hasattr(self, "acting"))
    @invariant()
    def only_administrators_make_and_unmake_administrators(self) -> None:
        if self.admins() != self.before:
            assert Permission.AUDIT_READ in administrator(self.acting).means.permissions
            assert Permission.SYSTEM_WRITE in administrator(self.acting).means.permissions

    @invariant()
    def each_change_is_on_record(self) -> None:
        changed = {f"user:{each.user.id}" for each in self.desk.users.stored.values() if is_nameless(each.user)}
        assert changed <= {entry.target for entry in self.desk.trail if entry.action == "user.purged"}


TestAdministrators = Administrators.TestCase
TestAdministrators.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
