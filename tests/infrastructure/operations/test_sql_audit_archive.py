"""The audit trail in a database, and what somebody who can write to the file may do to it."""

import asyncio
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from tests.contracts.audit_archives import ENTRIES, AuditArchivesContract
from tests.infrastructure.kernel.audit_entries import entry, verdict
from tests.infrastructure.operations.tampering import LENGTH, TAMPERING, copied

from ollamanet.application.operations.queries.verify_trail import TrailVerdict
from ollamanet.domain.kernel.errors import StorageUnavailable
from ollamanet.domain.operations.audit_chain import Damage
from ollamanet.domain.operations.audit_filter import AuditFilter
from ollamanet.infrastructure.kernel.database import Database
from ollamanet.infrastructure.kernel.group_commit import GroupCommit
from ollamanet.infrastructure.kernel.sql_audit_trail import SqlAuditTrail
from ollamanet.infrastructure.operations.sql_audit_archive import SqlAuditArchive


class TestSqlAuditArchive(AuditArchivesContract):
    @pytest.fixture(params=[1, 2, 500])
    def archive(self, request: pytest.FixtureRequest, database: Database) -> SqlAuditArchive:
        return SqlAuditArchive(database, request.param)

    @pytest.fixture
    def trail(self, writer: GroupCommit) -> SqlAuditTrail:
        return SqlAuditTrail(writer)


@pytest.mark.anyio
async def test_a_trail_that_cannot_be_written_says_so(database: Database, writer: GroupCommit) -> None:
    def lose(connection: object) -> None:
        connection.exec_driver_sql("DROP TABLE audit_head")  # type: ignore[attr-defined]

    await database.write(lose)
    with pytest.raises(StorageUnavailable):
        await SqlAuditTrail(writer).record(entry())


def verified(file: Path) -> TrailVerdict:
    async def verify() -> TrailVerdict:
        database = Database(f"sqlite:///{file}")
        try:
            return await verdict(database, batch=4)
        finally:
            await database.dispose()

    return asyncio.run(verify())


@pytest.fixture(scope="module")
def recorded(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with six entries, and without the triggers that would protect them."""
    file = Path(shutil.copy(migrated_file, tmp_path_factory.mktemp("trail") / "trail.db"))

    async def record() -> None:
        database = Database(f"sqlite:///{file}")
        async with GroupCommit(database) as writer:
            await SqlAuditTrail(writer).record(*ENTRIES, entry("last.one"), entry("last.one"))
        await database.dispose()

    asyncio.run(record())
    change(file, "DROP TRIGGER audit_entries_no_update", "DROP TRIGGER audit_entries_no_delete")
    assert (verified(file).whole, verified(file).entries) == (True, LENGTH)
    return file


def change(file: Path, *statements: str) -> None:
    with closing(sqlite3.connect(file)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


@settings(max_examples=60, deadline=None)
@given(TAMPERING)
def test_whatever_is_done_to_the_file_is_found(recorded: Path, statements: list[str]) -> None:
    with TemporaryDirectory() as folder:
        file = Path(shutil.copy(recorded, folder))
        change(file, *statements)
        found = verified(file)

    assert not found.whole
    assert found.faults


@pytest.mark.parametrize(
    ("statement", "seq", "damage"),
    [
        ("UPDATE audit_entries SET target_name = 'mallory' WHERE seq = 3", 3, Damage.CHANGED),
        ("UPDATE audit_entries SET at = 'yesterday' WHERE seq = 3", 3, Damage.CHANGED),
        ("UPDATE audit_entries SET actor_id = 'nobody' WHERE seq = 2", 2, Damage.CHANGED),
        ("UPDATE audit_entries SET device = CAST(x'ff' AS TEXT) WHERE seq = 5", 5, Damage.CHANGED),
        ("DELETE FROM audit_entries WHERE seq = 4", 4, Damage.MISSING),
        ("DELETE FROM audit_entries WHERE seq > 4", 5, Damage.MISSING),
        (copied(2, 7)[0], 7, Damage.INSERTED),
    ],
)
def test_what_was_done_is_named_with_the_number_of_the_entry(
    recorded: Path, tmp_path: Path, statement: str, seq: int, damage: Damage
) -> None:
    file = Path(shutil.copy(recorded, tmp_path))
    change(file, statement)

    assert [(fault.seq, fault.damage) for fault in verified(file).faults] == [(seq, damage)]


def test_a_row_that_is_no_json_any_more_can_still_be_read(recorded: Path, tmp_path: Path) -> None:
    file = Path(shutil.copy(recorded, tmp_path))
    change(file, """UPDATE audit_entries SET "after" = '{broken' WHERE seq = 1""")

    async def read() -> object:
        database = Database(f"sqlite:///{file}")
        batches = [batch async for batch in SqlAuditArchive(database).entries(AuditFilter(), until=1)]
        await database.dispose()
        return batches[0][0].after

    assert asyncio.run(read()) == {"unreadable": "{broken"}
