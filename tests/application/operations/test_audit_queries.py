"""Who may read the audit trail, and what reading it leaves behind."""

from dataclasses import replace

import pytest
from tests.fakes.identity.fixed_time import NOON, FixedClock
from tests.fakes.operations.memory_archive import MemoryArchive
from tests.infrastructure.kernel.audit_entries import ADA, HOME, entry

from ollamanet.application.kernel.actor import Actor
from ollamanet.application.kernel.audit import HERE, OPERATOR, Agent
from ollamanet.application.kernel.page import PageRequest
from ollamanet.application.operations.commands.export_trail import ExportTrail, ExportTrailHandler
from ollamanet.application.operations.queries.list_audit_entries import ListAuditEntries, ListAuditEntriesHandler
from ollamanet.application.operations.queries.verify_trail import VerifyTrailHandler
from ollamanet.domain.kernel.errors import Forbidden, StorageUnavailable
from ollamanet.domain.kernel.permissions import ALL, Permission
from ollamanet.domain.operations.audit_chain import Anchor
from ollamanet.domain.operations.audit_filter import AuditFilter

pytestmark = pytest.mark.anyio

AUDITOR = Actor(ADA, permissions=frozenset({Permission.AUDIT_READ}), name="ada")
ALL_BUT_THAT = Actor(ADA, frozenset({"Admin"}), permissions=ALL - {Permission.AUDIT_READ})


def exporting(archive: MemoryArchive) -> ExportTrailHandler:
    return ExportTrailHandler(archive, archive, FixedClock())


async def test_who_has_the_permission_reads_the_trail_and_the_command_line_does() -> None:
    archive = MemoryArchive()
    await archive.record(entry())
    listed = ListAuditEntriesHandler(archive)

    for actor in (AUDITOR, None):
        assert (await listed(ListAuditEntries(actor, AuditFilter(), PageRequest()))).total == 1
    with pytest.raises(Forbidden):
        await listed(ListAuditEntries(ALL_BUT_THAT, AuditFilter(), PageRequest()))
    with pytest.raises(Forbidden):
        await exporting(archive)(ExportTrail(ALL_BUT_THAT, AuditFilter(), HOME))
    assert len(archive.stored) == 1


async def test_an_export_is_itself_an_entry_and_the_last_one_in_it() -> None:
    archive = MemoryArchive()
    await archive.record(entry())
    batches = await exporting(archive)(ExportTrail(AUDITOR, AuditFilter(since=NOON), HOME))
    await archive.record(entry("later.one"))
    exported = [each async for batch in batches for each in batch]

    assert [each.action for each in exported] == ["user.locked", "audit.exported"]
    assert (exported[-1].actor_name, exported[-1].address) == ("ada", HOME.address)
    assert exported[-1].after == {"since": "2026-11-22 12:00:00+00:00"}


async def test_an_export_from_the_command_line_says_so() -> None:
    archive = MemoryArchive()
    await exporting(archive)(ExportTrail(None, AuditFilter(), HERE))

    assert (archive.stored[0].actor_id, archive.stored[0].actor_name) == (None, OPERATOR.name)
    assert Agent.of(AUDITOR).name == "ada"


async def test_what_cannot_be_noted_is_not_given() -> None:
    archive = MemoryArchive()
    archive.refusal = StorageUnavailable("the disk is full")
    with pytest.raises(StorageUnavailable):
        await exporting(archive)(ExportTrail(AUDITOR, AuditFilter(), HOME))


async def test_a_whole_trail_is_verified_and_its_head_is_told() -> None:
    archive = MemoryArchive()
    await archive.record(entry(), entry())
    found = await VerifyTrailHandler(archive)([Anchor(1, archive.stored[0].hash)])

    assert (found.whole, found.entries, found.head) == (True, 2, Anchor(2, archive.stored[1].hash))


async def test_a_trail_without_its_head_is_followed_to_its_end_all_the_same() -> None:
    class Headless(MemoryArchive):
        async def head(self) -> Anchor | None:
            return None

    archive = Headless()
    await archive.record(entry(), entry())
    archive.stored[0] = replace(archive.stored[0], hash="forged")
    found = await VerifyTrailHandler(archive)()

    assert (found.whole, found.entries, found.damaged) == (False, 2, 3)
    exported = await exporting(archive)(ExportTrail(None, AuditFilter(), HERE))
    assert [batch async for batch in exported] == []
