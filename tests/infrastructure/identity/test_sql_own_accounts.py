"""The real stores keep the contracts of what people change about their own account, and of failed sign-ins."""

from collections.abc import AsyncIterator
from datetime import timedelta

import anyio
import pytest
from sqlalchemy import event, func, select
from tests.contracts.own_accounts import OwnAccountsContract, Place
from tests.contracts.sign_in_failures import POLICY, SignInFailuresContract, Visits, of
from tests.fakes.identity.fixed_time import NOON, FixedClock
from tests.fakes.identity.people import ADA, BOB
from tests.infrastructure.identity.put_accounts import put_into
from tests.infrastructure.identity.session_rows import Rows

from ollamanet.application.kernel.audit import OPERATOR, AuditEntry, Origin
from ollamanet.infrastructure.identity.sql_own_accounts import SqlOwnAccounts, SqlPasswordResets
from ollamanet.infrastructure.identity.sql_sign_in_failures import KNOWN_FOR, SqlSignInFailures
from ollamanet.infrastructure.identity.sql_users import SqlUsers
from ollamanet.infrastructure.identity.tables import SignInFailuresRow
from ollamanet.infrastructure.kernel.database import Database
from ollamanet.infrastructure.kernel.group_commit import GroupCommit
from ollamanet.infrastructure.kernel.sql_base import table_of


@pytest.fixture
async def rows(database_address: str) -> AsyncIterator[Rows]:
    rows = Rows(database_address)
    yield rows
    await rows.database.dispose()


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def failures(database: Database, clock: FixedClock) -> SqlSignInFailures:
    return SqlSignInFailures(database, clock)


class TestSqlSignInFailures(SignInFailuresContract):
    @pytest.fixture
    def failures(self, database: Database, clock: FixedClock) -> SqlSignInFailures:
        return SqlSignInFailures(database, clock)

    @pytest.fixture
    async def visits(self, database: Database, writer: GroupCommit, rows: Rows) -> Visits:
        await SqlUsers(database, writer).add(ADA, password_hash="x")
        await SqlUsers(database, writer).add(BOB, password_hash="x")
        return rows.visit


class TestSqlOwnAccounts(OwnAccountsContract):
    @pytest.fixture
    def place(self, database: Database, writer: GroupCommit, failures: SqlSignInFailures, rows: Rows) -> Place:
        accounts, resets = SqlOwnAccounts(database), SqlPasswordResets(database)
        users, put = SqlUsers(database, writer), put_into(database)
        return Place(users, put, accounts, resets, failures, rows.open, rows.live, rows.trail)


@pytest.mark.anyio
async def test_an_address_that_was_not_used_for_a_month_is_not_known_any_more(
    database: Database, writer: GroupCommit, failures: SqlSignInFailures, rows: Rows, clock: FixedClock
) -> None:
    await SqlUsers(database, writer).add(ADA, password_hash="x")
    await rows.visit(ADA.id, "192.0.2.1", NOON)
    known = []
    for seconds in (KNOWN_FOR.total_seconds() - 1, 1):
        clock.advance(seconds)
        known.append((await failures.standing("s", "n", user_id=ADA.id, address="192.0.2.1")).known)
    assert known == [True, False]


@pytest.mark.anyio
async def test_processes_that_count_at_once_lose_nothing(
    database_address: str, failures: SqlSignInFailures, clock: FixedClock
) -> None:
    other = Database(database_address)
    async with anyio.create_task_group() as group:
        for store in (failures, SqlSignInFailures(other, clock)) * 5:
            group.start_soon(lambda store: store.add("login:a", POLICY, at=NOON), store)
    await other.dispose()
    assert (await of(failures, "login:a")).count == 10


@pytest.mark.anyio
async def test_what_no_longer_counts_is_removed(failures: SqlSignInFailures, clock: FixedClock, rows: Rows) -> None:
    for number in range(20):
        await failures.add(f"login:{number}", POLICY, at=clock.now())
    for _ in range(POLICY.lock_after):
        await failures.add("login:locked", POLICY, at=clock.now() + timedelta(seconds=30))
    clock.advance(61)
    await failures.add("login:new", POLICY, at=clock.now())

    table = table_of(SignInFailuresRow)
    left = await rows.database.read(lambda c: c.execute(select(func.count()).select_from(table)).scalar_one())
    assert left == 2
    assert (await of(failures, "login:locked")).locked_until is not None


@pytest.mark.anyio
async def test_a_failure_and_its_entry_are_stored_together(failures: SqlSignInFailures, rows: Rows) -> None:
    entry = AuditEntry("sign_in.refused", OPERATOR, Origin(), NOON)

    await failures.add("login:a", POLICY, at=NOON, audit=lambda _: (entry,))
    with pytest.raises(ZeroDivisionError):
        await failures.add("login:a", POLICY, at=NOON, audit=lambda _: 1 // 0)
    await failures.clear("login:b", audit=(entry,))

    assert (await of(failures, "login:a")).count == 1
    assert await rows.trail() == ["sign_in.refused", "sign_in.refused"]


@pytest.mark.anyio
async def test_everything_that_changes_an_account_locks_the_trail_before_the_account(
    database: Database, writer: GroupCommit
) -> None:
    await SqlUsers(database, writer).add(ADA, password_hash="old hash")
    accounts, resets = SqlOwnAccounts(database), SqlPasswordResets(database)
    changed: list[list[str]] = []
    engine = database.engines[-1]
    event.listen(engine, "begin", lambda _: changed.append([]))
    event.listen(engine, "before_cursor_execute", lambda *seen: changed[-1].append(" ".join(seen[2].split()[:2])))

    audit = [AuditEntry("thing.done", OPERATOR, Origin(), NOON)]
    soon = NOON + timedelta(minutes=1)
    await resets.issue(ADA.id, token_hash="a", at=NOON, expires_at=soon, most=5, audit=lambda _: audit)
    await resets.redeem("a", password_hash="new", at=NOON, audit=lambda _: audit)
    await accounts.rename(ADA.id, email=None, username=BOB.username, at=NOON, audit=lambda _: audit)
    await accounts.change_password(ADA.id, replaces="new", password_hash="x", at=NOON, keep=None, audit=audit)

    # SQLite is told in words that a transaction begins.
    assert [next(done for done in each if not done.startswith("BEGIN")) for each in changed] == [
        "UPDATE audit_head"
    ] * 4
